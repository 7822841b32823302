"""The English that the check reads: every clause a reason may have, and nothing else.

A rule is written as alternatives of words, `[optional]` parts, `(a|b)` choices and names of other rules in
capitals. Terminals, matched against the catalogue: TITLE (another item), OWNTITLE (the recommended), NUMBER,
VALUE, YEAR, MAKER, SEARCH, VERB, FIELD.
"""

GRAMMAR: dict[str, tuple[str, ...]] = {
    "TEXT": ("SENTENCE [.|!] [TEXT]",),
    "SENTENCE": ("[LEAD] CLAUSES [TAIL]", "ADVICE"),
    "CLAUSES": ("CLAUSE [JOIN CLAUSES]",),
    "JOIN": ("[,|;] and [also] [because|since]", ", [also]", ";", "-", ", while", "while", ", as well as"),
    "LEAD": (
        "(because|since|as)",
        "[this is|it is|it's|we|is] (recommended|suggested) (because|since|as|:)",
        "(we|I) (recommend|suggest|recommended|suggested|picked|chose) REC (because|since|as|:)",
        "REC (is|was) (recommended|suggested|picked|chosen) [for|to] [YOU] (because|since|as)",
        "YOU (might|may|could) (like|enjoy) REC [,] (because|since|as|:)",
    ),
    "TAIL": (
        "[,] so (we|I) (recommend|suggest) REC",
        ", so YOU (might|may|could) (like|enjoy) REC [too|as well]",
    ),
    "ADVICE": (
        "(because|since|as) CLAUSES , (YOU (might|may|could) (like|enjoy) REC [too|as well]|"
        "(we|I) (recommend|suggest) REC|REC is (recommended|suggested) [for YOU|to YOU])",
    ),
    "SUBJECTED": ("REC PREDICATES",),
    "PREDICATES": ("PREDICATE [PREDJOIN PREDICATES]", "MODIFIED (that|which) PREDICATES"),
    "PREDJOIN": ("[,] and [also]", ",", ", and also"),
    "PREDICATE": (
        "SAYSATTRIBUTE",
        "SAYSSHARED",
        "SAYSSEARCHED",
        "SAYSCOOCCURRENCE",
        "SAYSPOPULARITY",
        "SAYSNEIGHBOURS",
    ),
    "MODIFIED": ("SAYSATTRIBUTE",),
    "CLAUSE": (
        "SUBJECTED",
        "HISTORY",
        "ATTRIBUTE",
        "SHARED",
        "COOCCURRENCE",
        "POPULARITY",
        "SEARCHED",
        "NEIGHBOURS",
    ),
    "YOU": ("you", "the (user|customer|viewer|reader|shopper)", "this (user|customer|viewer|reader)"),
    "YOUR": ("your", "the (user|customer|viewer|reader)'s", "their"),
    "NOUN": ("film", "movie", "item", "book", "product", "title", "one", "pick", "recommendation"),
    "REC": ("THIS", "IT", "SAYREC"),
    "THIS": ("this [recommended] [NOUN]", "the recommended NOUN"),
    "IT": ("it", "the (film|movie|book|product|item)"),
    "SAYREC": ("[the (film|movie|book)] OWNTITLE", "this NOUN , OWNTITLE [,]"),
    "ITEM": (
        "[the (film|movie|book)] TITLE [,] (which|that) is [also] ISA [,]",
        "[the (film|movie|book)] TITLE [,] (which|that) [also] shares [the] FIELDVALUES with REC [,]",
        "[the (film|movie|book)] TITLE",
        "[the (film|movie|book)] TITLE [,] (which|that) YOU [have|had] VERB [,]",
        "[the (film|movie|book)] TITLE , (a|another) NOUN [that|which] YOU [have|had] VERB [,]",
    ),
    "BACK": ("it", "that", "them"),
    "ITEMORBACK": ("ITEM", "BACK"),
    "ITEMS": ("ITEM [ITEMSEP ITEMS]",),
    "ITEMSEP": (", and", ",", "and", "as well as", "&", "and also"),
    "HISTORY": (
        "YOU [have|had|'ve] [also|previously|already] VERB ITEMS [before|previously|already|as well|too]",
        "you've [also|previously|already] VERB ITEMS [before|previously]",
        "YOU [have|had] [also] (put|placed|added) ITEMS CARTTAIL",
        "ITEMS (was|were) VERB by YOU",
        "ITEM is one of the (films|movies|books|items|titles|products) [that] YOU [have|'ve] VERB",
        "ITEMS (is|are) [both] in YOUR history",
        "(you've|YOU [have]) ITEMS in YOUR history",
        "YOUR history (includes|contains|has) ITEMS",
    ),
    "CARTTAIL": ("INCART", "ONWISHLIST"),
    "INCART": ("(in|to|into) YOUR [shopping] (cart|basket)",),
    "ONWISHLIST": ("(on|to) YOUR (wishlist|wish list)",),
    "AN": ("a", "an"),
    "VALUES": ("VALUE [VALUESEP VALUES]",),
    "VALUESEP": (", and", ",", "and", "as well as", "/", "&"),
    "ISA": ("[AN|the] [YEAR] VALUES [NOUN] [from YEAR|by MAKER]", "[AN] YEAR NOUN"),
    "ATTRIBUTE": (
        "it's [also] (ISA|PLACED)",
        "ITS FIELD (is|are|include|includes) ANYVALUES",
        "the FIELD of REC (is|are|include|includes) ANYVALUES",
    ),
    "FULLATTRIBUTE": ("REC ISATTRIBUTE", "ATTRIBUTE"),
    "ITS": ("IT's", "this NOUN's"),
    "IT's": ("its", "the (film|movie|book|product|item)'s"),
    "ANYVALUES": ("VALUES", "YEAR"),
    "FIELDVALUES": ("FIELD ANYVALUES", "VALUES FIELD", "FIELD of ANYVALUES"),
    "ISATTRIBUTE": ("(is|was) [also] ISA", "[also] PLACED"),
    "SAYSATTRIBUTE": ("ISATTRIBUTE",),
    "PLACED": (
        "(has|is in|is of|belongs to|is part of|in|is also in) [the|a] FIELDVALUES",
        "[is|was] [also] (from|released in|made in|published in) [the year] YEAR",
        "(came|comes) (from|out in) [the year] YEAR",
        "[is|was] [also] [made|published] by MAKER",
        "[is] [also] (listed|filed|categorised|categorized) (under|as|in) [the] VALUES [FIELD]",
        "(falls|comes) (under|into|within) [the] VALUES [FIELD]",
    ),
    "SHARED": (
        "ITEM [also] shares [the|a] (FIELDVALUES|VALUES) with REC",
        "[just] like ITEMS , FULLATTRIBUTE",
        "FULLATTRIBUTE , [just] like ITEMS",
        "FULLATTRIBUTE like ITEMS",
        "FULLATTRIBUTE [,] and so (is|are|was|were) ITEMS",
        "FULLATTRIBUTE , as (is|was|are|were) ITEMS",
        "FULLATTRIBUTE , as (does|do) ITEMS",
        "BOTHREC (are|were) [both] PLURALISA",
        "BOTHREC [both|also] (share|have) [the|a] FIELDVALUES",
    ),
    "SHARES": (
        "[also] shares [the|a|its] (FIELDVALUES|VALUES) with (ITEMS|BACK)",
        "[also] shares its FIELDVALUES",
        "has the same FIELD as (ITEMS|BACK) [,|:|-] [namely] ANYVALUES",
    ),
    "SAYSSHARED": ("SHARES", "ISATTRIBUTE [,] [just] like ITEMS"),
    "BOTHREC": ("[both] REC and ITEM", "[both] ITEM and REC"),
    "PLURALISA": (
        "VALUES [films|movies|books|items|products|titles]",
        "(from|released in|made in) YEAR",
        "by MAKER",
        "in [the] FIELDVALUES",
    ),
    "PEOPLE": (
        "people",
        "users",
        "viewers",
        "customers",
        "others",
        "shoppers",
        "readers",
        "person",
        "members",
    ),
    "WHO": ("who [have|had] [also]", "that [have|had] [also]"),
    "OF": ("of", "out of", "among", "from among"),
    "DID": ("[have|had] [also] VERB REC [too|as well]",),
    "PASSIVE": ("[was|has been] [also] VERB by",),
    "WHOLE": ("NUMBER",),
    "COUNT": ("NUMBER",),
    "COOCCURRENCE": (
        "COUNT OF [the] WHOLE [other] PEOPLE WHO VERB ITEMORBACK [,] DID",
        "COUNT [other] PEOPLE WHO VERB ITEMORBACK [,] DID",
        "[some] [other] PEOPLE WHO VERB ITEMORBACK [,] DID",
        "OF [the] WHOLE [other] PEOPLE WHO VERB ITEMORBACK , COUNT DID",
        "COUNT OF [the] WHOLE WHO VERB ITEMORBACK [,] DID",
        "OF [the] WHOLE WHO VERB ITEMORBACK , COUNT DID",
        "the one other person WHO VERB ITEMORBACK DID",
    ),
    "SAYSCOOCCURRENCE": (
        "PASSIVE COUNT OF [the] WHOLE [other] [PEOPLE] WHO VERB ITEMORBACK",
        "PASSIVE COUNT [other] PEOPLE WHO VERB ITEMORBACK",
        "PASSIVE [other] PEOPLE WHO VERB ITEMORBACK",
    ),
    "POPULARITY": (
        "COUNT OF [the|all|all the] WHOLE [other] PEOPLE DID",
        "COUNT [other] PEOPLE DID",
    ),
    "SAYSPOPULARITY": (
        "PASSIVE COUNT OF [the|all|all the] WHOLE [other] PEOPLE",
        "PASSIVE COUNT [other] PEOPLE",
    ),
    "SEARCHED": (
        "WHOSE search [for] SEARCH (found|returned|matches|matched|led to|brought up|turned up) REC",
    ),
    "SAYSSEARCHED": (
        "[also] (matches|matched|fits) WHOSE search [for] SEARCH",
        "[also] (is|was) (found|returned|brought up) (by|with|through|from|using) WHOSE search [for] SEARCH",
        "[also] (came up|turned up|appeared|comes up) (for|in|with) WHOSE search [for] SEARCH",
        "[also] is [a match|a result] for WHOSE search [for] SEARCH",
        "[also] (is|was) (found|returned) by searching for SEARCH",
    ),
    "WHOSE": ("MINE", "the", "a"),
    "MINE": ("YOUR",),
    "ALIKE": (
        "WHO have a history (like|similar to) yours",
        "with a [watch|viewing|reading|shopping] history (like|similar to) yours",
        "with histories (like|similar to) yours",
        "whose (history|histories) (is|are) [most] (like|similar to) yours",
    ),
    "NEIGHBOURS": (
        "COUNT OF [the] WHOLE [other] PEOPLE ALIKE [,] DID",
        "OF [the] WHOLE [other] PEOPLE ALIKE , COUNT DID",
        "COUNT [other] PEOPLE ALIKE [,] DID",
        "[some] [other] PEOPLE ALIKE [,] DID",
    ),
    "SAYSNEIGHBOURS": ("PASSIVE [COUNT OF [the] WHOLE|COUNT] [other] PEOPLE ALIKE",),
}

CLAUSES = frozenset(
    ("HISTORY", "ATTRIBUTE", "SHARED", "COOCCURRENCE", "POPULARITY", "SEARCHED", "NEIGHBOURS")
)
SAYING = frozenset("SAYS" + each for each in CLAUSES)
"""The same clauses after a subject that stands before."""
NODES = (
    CLAUSES
    | SAYING
    | {
        "SUBJECTED",
        "BACK",
        "ITEM",
        "THIS",
        "IT",
        "IT's",
        "SAYREC",
        "MINE",
        "INCART",
        "ONWISHLIST",
        "COUNT",
        "WHOLE",
    }
)
"""Rules whose name the reading keeps; the parts of any other stand in its place."""
