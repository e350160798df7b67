"""What the product says about a field, as data: TOML files with annotations, and their loader.

fields/tcp.toml holds what is said about `tcp` and about every field whose name begins with `tcp.`; one file a prefix.
An entry is a table called like the field, by Wireshark's name:

    ["ip.ttl"]
    short = "One sentence: what it is."
    long = \"\"\"
    Two to five sentences: why it exists, what goes wrong. An empty line begins a new paragraph.\"\"\"
    claims = ["ip-routes"]              # claims of the notes that this text teaches; ids of claims.toml
    rfc = ["791#3.1"]                   # number, and the section behind #
    see = ["ipv6.hlim"]                 # fields whose entries help further

    [["ip.ttl".here]]                   # what this value means in this packet: the first rule that holds speaks
    when = "ip.ttl == 1"                # a display filter; a last rule without it always holds
    says = "{ip.ttl}: the next router will drop it."

In `says` the text of a field of the same packet stands for `{field.name}`; no number is typed that the packet could
give, so prose and bytes cannot disagree. Where the notes simplify or err, the text says what many notes say and what is
true. `annotations` loads and explains, `claims` holds the statements of the notes, `lint` proves that every field has
an entry, that every rule can be evaluated and that every reference leads somewhere: `inspector lint` runs it.
"""
