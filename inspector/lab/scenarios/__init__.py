"""One scenario a file, named by what it shows. Each ends with `SCENARIO = Scenario(...)`."""
