"""The English that the check reads: every clause a reason may have, and nothing else.

A rule is written as alternatives of words, `[optional]` parts, `(a|b)` choices and names of other rules in
capitals. Terminals, matched against the catalogue: TITLE (another item), OWNTITLE (the recommended), both
also as possessives, NUMBER, VALUE, YEAR, MAKER, SEARCH, VERB (past), TO-VERB (infinitive or present),
VERBING, FIELD; OPEN and CLOSE are round brackets. A rule may read what is no good English, as long as
nobody could take it to say anything else than the check does.
"""

from genrec.explaining.frames import FRAMES

NAMES: dict[str, tuple[str, ...]] = {
    "YOU": ("you", "(the|this|our) PERSON"),
    "YOUR": ("your", "(the|this) PERSON's", "their"),
    "PERSON": ("user", "customer", "viewer", "reader", "shopper", "member"),
    "PERSON's": ("user's", "customer's", "viewer's", "reader's", "shopper's", "member's"),
    "HAVE": ("have", "has", "had"),
    "KIND": ("film", "movie", "item", "book", "product", "title", "picture", "feature", "work", "release"),
    "KINDS": (
        "films",
        "movies",
        "items",
        "books",
        "products",
        "titles",
        "pictures",
        "features",
        "works",
        "releases",
    ),
    "NOUN's": (
        "film's",
        "movie's",
        "item's",
        "book's",
        "product's",
        "title's",
        "recommendation's",
        "suggestion's",
    ),
    "NOUN": (
        "KIND",
        "one",
        "pick",
        "recommendation",
        "suggestion",
        "selection",
        "motion picture",
        "piece",
        "entry",
    ),
    "TOO": ("too", "as well", "also", "likewise"),
    "AN": ("a", "an"),
    "REC": ("THIS", "IT", "SAYREC"),
    "THIS": (
        "this [recommended|suggested] [NOUN]",
        "(the|our|my) (recommended|suggested) NOUN",
        "(our|my) NOUN",
        "(this|the) SAYSKIND",
        "this [recommended|suggested] NOUN ABOUT",
    ),
    "IT": ("it", "the (film|movie|book|product|item)", "that one"),
    "SAYREC": (
        "[(the|our|your|this) [recommended|suggested] NOUN] OWNTITLE",
        "[the KIND] OWNTITLE ABOUT",
        "(this|our|my|the) [recommended|suggested|next] NOUN [FORYOU] (,|:|is|-) OWNTITLE [,]",
        "OWNTITLE , (our|my|the) [recommended|suggested|next] NOUN [FORYOU] ,",
        "the SAYSKIND [,] OWNTITLE [,]",
        "AN SAYSKIND [,|:] [called|titled|named] OWNTITLE [,]",
    ),
    "ABOUT": (
        ", [(which|that)] PREDICATES [,]",
        ", (which|that) SAYSGAPPED [,]",
        ", APPOSED [,]",
        "OPEN (APPOSED|PREDICATES|SAYSYEAR) CLOSE",
        "- APPOSED -",
        ", APPOSED [,] (that|which|and) PREDICATES [,]",
    ),
    "APPOSED": ("SAYSISA",),
    "SAYSISA": ("[also|itself] ISA [TOO]",),
    "SAYSYEAR": ("YEAR", "VALUES [,|/|;] YEAR", "YEAR [,|/|;] VALUES"),
    "SAYSKIND": ("[YEAR] VALUES [NOUN] [ISTAIL]", "YEAR NOUN"),
    "ITEM": (
        "NAME",
        "NAME [,|OPEN] (which|that) (is|was) [also|itself] (ISA|in [the] FIELDVALUES) [TOO] [,|CLOSE]",
        "NAME , (also|itself) ISA [,]",
        "NAME , ISA [TOO] [[,] (like|as is) REC] [,]",
        "NAME OPEN [also|itself] ISA [TOO] CLOSE",
        "NAME [,] (which|that) [also] (shares|has|belongs to|is of|is in) [the] FIELDVALUES [,] [as "
        "(does|is) REC [,]]",
        "NAME [,|OPEN|-] (one of|among) the KINDS [that|which] YOULIKED [,|CLOSE|-]",
        "NAME , (which|that) is [also] ISA [,] as is REC [,]",
        "NAME [,|OPEN|-] (something|which is a KIND|which is something) [that|which] YOULIKED [,|CLOSE|-]",
        "NAME [,] (which|that) [also] shares [the|its] FIELDVALUES with REC [,]",
        "NAME [,|OPEN|-] (which|that) YOULIKED [,|CLOSE|-]",
        "NAME [,|OPEN|-] (a|an|another) [VALUES] (NOUN|favourite) [that|which] YOULIKED [,|CLOSE|-]",
        "NAME [,] [which|that] [was|has been] [also|previously|already] VERB by YOU [,]",
        "(a|the|another) [VALUES] (film|movie|book|item|title|product|one) [that|which] YOULIKED [,|:|-] "
        "NAME [,|-]",
    ),
    "YOULIKED": (
        "YOU [HAVE] [ADVERB] VERB [ADVERB]",
        "you've [ADVERB] VERB [ADVERB]",
        "YOU (TO-VERB|do TO-VERB|did TO-VERB)",
        "YOU [HAVE] (put|placed|added) CARTTAIL",
    ),
    "ADVERB": ("also", "previously", "already", "before", "earlier", "too", "as well", "in the past"),
    "NAME": ("[the KIND] TITLE", "the VALUES [KIND] TITLE"),
    "ITEMS": ("ITEM [ITEMSEP ITEMS]",),
    "ITEMSEP": (", and", ",", "and", "as well as", "&", "and also"),
    "BACK": ("it", "that", "that (film|movie|book|item|title|one)"),
    "ITEMORBACK": ("ITEM", "BACK"),
}

HISTORY: dict[str, tuple[str, ...]] = {
    "HISTORY": (
        "YOU [HAVE] [ADVERB] VERB ITEMS [ADVERB]",
        "you've [ADVERB] VERB ITEMS [ADVERB]",
        "YOU [also] (TO-VERB|do TO-VERB|did TO-VERB) ITEMS [TOO]",
        "(did YOU TO-VERB|YOU VERB|VERB) ITEM ?",
        "YOU [HAVE] [also] (put|placed|added) ITEMS CARTTAIL",
        "ITEMS (was|were|is|are|has been) [ADVERB] VERB by YOU",
        "ITEM (is|was) [one] (of|among) [the] KINDS [that|which] YOULIKED",
        "ITEM (is|was) (a|one) [KIND] [that|which] YOULIKED",
        "(among|one of) the KINDS [that|which] YOULIKED (is|was) ITEM",
        "(a|one) KIND [that|which] YOULIKED (is|was) ITEM",
        "ITEMS (is|are) [both|already] in YOUR history",
        "(you've|YOU [HAVE]) ITEMS in YOUR history",
        "YOUR history (includes|contains|has) ITEMS",
        "BASED [YOUR|YOU] [having|HAVE] (VERBING|VERB) [of|for] ITEMS",
        "BASED ITEM",
        "REC (is|was|comes) [SUGGESTED] [FORYOU] BASED ITEM",
        "(as|being) (someone|AN PERSON|a person|a fan) (who|that) [HAVE] VERB ITEMS",
        "(do|did) YOU TO-VERB ITEM ?",
        "TO-VERB ITEM ?",
    ),
    "BASED": (
        "because of",
        "based on",
        "thanks to",
        "on account of",
        "on the basis of",
        "after",
        "following",
        "having",
        "due to",
        "owing to",
        "building on",
        "given",
    ),
    "CARTTAIL": ("INCART", "ONWISHLIST"),
    "INCART": ("(in|to|into) YOUR [shopping] (cart|basket)",),
    "ONWISHLIST": ("(on|to) YOUR (wishlist|wish list)",),
}

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "VALUES": ("VALUE [VALUESEP VALUES]",),
    "VALUESEP": (", and", ",", "and", "as well as", "/", "&", "and AN", "-"),
    "INYEAR": ("[back] in [the year] YEAR", "[the year] YEAR"),
    "FROMYEAR": (
        "(from|of|dating from|dated|hailing from|out of) [the year] YEAR",
        "[first|originally] [that|which] [was] (released|made|published|produced|issued|launched) in "
        "[the year] YEAR",
        "[that|which] (came out|appeared) in [the year] YEAR",
    ),
    "ISTAIL": ("[,] FROMYEAR", "by MAKER", "OPEN [from] YEAR CLOSE"),
    "ISA": (
        "[AN|the|both AN] [YEAR] VALUES [NOUN] [ISTAIL]",
        "[AN] YEAR NOUN",
        "[AN] NOUN ISTAIL",
        "AN [YEAR] NOUN (in|of|from|within|under|with|belonging to) [the|a] FIELDVALUES [ISTAIL]",
        "AN (piece|work|example|slice) of VALUES [ISTAIL]",
        "[AN] YEAR (piece|work) of VALUES",
    ),
    "ATTRIBUTE": (
        "ITIS [also] (ISA|PLACED)",
        "ITS FIELDNAME (is|are|include|includes|being) [also] ANYVALUES",
        "the FIELDNAME (of|for) REC (is|are|include|includes) [also] ANYVALUES",
        "OMITTED [the] FIELDNAME [is|here is] [:|-] ANYVALUES",
        "in [the year] YEAR [,] REC (was (released|made|published|produced)|came out|appeared|premiered)",
        "ANYVALUES (is|are) (ITS FIELD|the FIELD of REC)",
    ),
    "ITIS": ("it's",),
    "FULLATTRIBUTE": ("REC ISATTRIBUTE", "ATTRIBUTE", "OMITTED ISATTRIBUTE", "OMITTED ISA"),
    "ITS": ("IT's", "this NOUN's", "OWNTITLE's"),
    "IT's": ("its", "the (film|movie|book|product|item)'s"),
    "ANYVALUES": ("VALUES", "YEAR"),
    "FIELDNAME": ("[release|publication] FIELD", "FIELD of (release|publication)"),
    "CATEGORY": ("FIELD", "category", "categories", "section"),
    "FIELDVALUES": ("CATEGORY [of|,|:] ANYVALUES [,]", "VALUES CATEGORY", "CATEGORY OPEN ANYVALUES CLOSE"),
    "ISATTRIBUTE": ("(is|was) [also|itself] ISA [TOO]", "[also] PLACED [TOO]", "(as|being) ISA"),
    "SAYSATTRIBUTE": ("ISATTRIBUTE",),
    "PLACED": (
        "(has|having|is in|is of|belongs to|belonging to|is part of|in|of|is also in|is from|with|sits "
        "in|sits within|is within|is under) [the|a] FIELDVALUES",
        "has [the] ANYVALUES as its FIELD",
        "(has|with) [AN] FIELD of ANYVALUES",
        "[is|was] [also] [first|originally] (from|released in|made in|published in|produced in|issued in|"
        "out in|out of|dated|of) [the year] YEAR",
        "(came|comes) (from|out in) [the year] YEAR",
        "(dates|dating|hails|hailing) (from|back to) [the year] YEAR",
        "[first|originally] (appeared|debuted|premiered) in [the year] YEAR",
        "[is|was] [also] [made|published] by MAKER",
        "[is] [also] (listed|filed|categorised|categorized|classed|classified|labelled|labeled|tagged|"
        "catalogued|shelved|described) (under|as|in|with|among) [AN|the] (VALUES|FIELDVALUES) [KIND]",
        "[is] [also] (listed|filed|classed|classified|catalogued) under [the] CATEGORY ANYVALUES",
        "(falls|comes|falling|fits|sits) (under|into|within|in) [the] (VALUES|FIELDVALUES)",
        "counts as AN VALUES",
    ),
    "SAYSANOTHER": ("[is|was|as] [also] another [YEAR] VALUES [NOUN] [ISTAIL]",),
}

SHARED: dict[str, tuple[str, ...]] = {
    "LIKE": ("[just|much] like", "similar to", "as with", "[just] as", "same as", "the same as",
        "along with", "as in"),
    "SHARED": (
        "ITEM (is|was) [also|itself] (ISA [TOO]|(in|of|from) [the] FIELDVALUES)",
        "ITEM (is|was) [also|itself] ISA [,|;] and REC (is|was) (too|as well|also|one [too|as well])",
        "ITEM [also] (shares|has|have) [the|a|its] (FIELDVALUES|VALUES) [in common] with REC",
        "with ITEMS , REC [also] (shares|has in common) [the|a] (FIELDVALUES|VALUES)",
        "LIKE (ITEMS|BACK) , FULLATTRIBUTE",
        "FULLATTRIBUTE , which is [also] (the FIELD of ITEM|TITLE's FIELD)",
        "REC , LIKE ITEMS , ISATTRIBUTE",
        "FULLATTRIBUTE [,] LIKE ITEMS",
        "FULLATTRIBUTE [,|;|.|-] [and] so (is|are|was|were|does|do) ITEMS",
        "FULLATTRIBUTE [,] [just] as (is|was|are|were|does|do) ITEMS",
        "FULLATTRIBUTE [,] [just] as ITEMS (is|was|are|were|does|do)",
        "FULLATTRIBUTE [,|;|and] [,] ITEMS (is|are|was|were) (too|as well|also one|one too)",
        "ITEM (is|was) [also|itself] ISA [TOO] [,] and so (is|was) REC",
        "ITEM (is|was) [also|itself] ISA [,] [just] (as|like) [is] REC [is|too]",
        "BOTHREC (are|were) [both|also|each] PLURALISA [TOO]",
        "BOTHREC (are|were) [both|also] (classed|classified|listed|filed|labelled|tagged|categorised|"
            "categorized) (as|under|in) [the] (VALUES|FIELDVALUES|FIELD VALUES)",
        "BOTHREC [both|also|each] (share|have|belong to|come from|fall into|fall under|come under) [the|"
            "a] (FIELDVALUES|VALUES) [in common]",
        "BOTHREC [both] (date from|come from|came out in) [the year] YEAR",
        "BOTHREC (share|have) the same FIELD [,|:|;|-|OPEN] [namely] ANYVALUES [CLOSE]",
        "BOTHREC (have|share) (ANYVALUES|FIELDVALUES) as their [common|shared] FIELD",
        "BOTHREC (are|were) (of|in|from) the same FIELD [,|:|-|OPEN] [namely] ANYVALUES [CLOSE]",
        "BOTHREC (are|were) (of|in|from) the same FIELDVALUES",
        "[the] (FIELDVALUES|VALUES) is (common to|shared by|the FIELD of) [both] BOTHREC",
        "[the] FIELDVALUES is what (links|connects|joins) [both] BOTHREC",
        "what BOTHREC have in common is [the] (FIELDVALUES|VALUES)",
        "[the] FIELD that BOTHREC share is ANYVALUES",
        "the FIELD of both [BOTHREC] is ANYVALUES",
    ),
    "SHARES": (
        "[also] (shares|sharing) [the|a|its|that|their] (FIELDVALUES|VALUES) with (ITEMS|BACK)",
        "[also] (shares|sharing) [the|a|its] CATEGORY with (ITEMS|BACK) [,|:|-|OPEN|;] [namely|both are|"
            "which is] [ANYVALUES] [CLOSE]",
        "[also] (shares|sharing) (its|the|that) (FIELDVALUES|VALUES) ASBEFORE",
        "(shares|sharing) with (ITEMS|BACK) [the|its] (FIELDVALUES|VALUES)",
        "SAMEFIELD [,|:|OPEN] [namely] ANYVALUES [CLOSE] ASBEFORE",
        "SAMEVALUES ASBEFORE",
        "[also] (shares|sharing) TITLEOWNS FIELD [,|:|-|OPEN|of] [namely] ANYVALUES [CLOSE]",
        "[also] (has|having|with) [the] (FIELDVALUES|VALUES|FIELD VALUES) in common with (ITEMS|BACK)",
        "[also] (has|having) (in common with) ITEMS [the] (FIELDVALUES|VALUES)",
        "SAMEFIELD as (ITEMS|BACK) [,|:|-|;|OPEN] [namely|both are|which is|that is|i.e.] [ANYVALUES] "
            "[CLOSE]",
        "SAMEFIELD [,] [OPEN] [namely] ANYVALUES [CLOSE] [,] as (ITEMS|BACK)",
        "SAMEVALUES as (ITEMS|BACK)",
        "(matches|matching) ITEMS (in|by) [its] FIELD [,|:|-] ANYVALUES",
        "[also] (matches|matching) TITLEOWNS FIELD [,|:|-|of] ANYVALUES",
    ),
    "SAMEFIELD": (
        "[also] (has|having|with|shares|sharing) the [very] same CATEGORY",
        "[also] (is|was|comes|falls|belongs|belonging|sits) [also] [in|of|to|into|from|under] the [very] "
            "same CATEGORY",
        "(in|of|from) the same CATEGORY",
        "[the] same CATEGORY",
    ),
    "SAMEVALUES": (
        "[also] (is|was|comes|falls|belongs|has|shares|having|sharing) [in|of|to|into|from|under] the "
            "[very] same FIELDVALUES",
        "(in|of|from) the same FIELDVALUES",
    ),
    "ASBEFORE": ("",),
    "TITLEOWNS": ("TITLE's", "its"),
    "SAYSSHARED": ("SHARES [TOO]", "ISATTRIBUTE [,] LIKE ITEMS", "[is] , LIKE ITEMS , ISATTRIBUTE",
        "ISATTRIBUTE [,] as (is|was|are) ITEMS"),
    "BOTHREC": ("[both] REC and ITEM", "[both] ITEM and REC", "BOTHBACK"),
    "BOTHBACK": ("both [of them|KINDS]", "they [both]", "the two [KINDS|of them]"),
    "PLURALISA": (
        "[AN] VALUES [KIND|KINDS] [from YEAR]",
        "(from|released in|made in) [the year] YEAR",
        "by MAKER",
        "(in|of|from) [the] FIELDVALUES",
        "KINDS (in|of|from) [the] FIELDVALUES",
    ),
}  # fmt: skip

COUNTED: dict[str, tuple[str, ...]] = {
    "PEOPLE": ("[fellow] CROWD [(besides|apart from|other than|aside from|in addition to) YOU]", "those"),
    "CROWD": (
        "people", "users", "viewers", "customers", "others", "shoppers", "readers", "person", "members",
            "persons",
        "individuals", "folks", "watchers", "buyers", "user", "viewer", "customer", "listeners",
            "audience members",
    ),
    "OTHER": ("other", "further"),
    "WHO": ("who [HAVE] [also]", "that [HAVE] [also]"),
    "OF": ("of", "out of", "among", "from among", "from", "in", "/", "amongst"),
    "FRONTOF": ("of", "out of", "among", "from among", "from", "amongst"),
    "WHOLIKED": (
        "[besides you|apart from you] WHO VERB ITEMORBACK [TOO]",
        "WHO TO-VERB ITEMORBACK [TOO]",
        "WHO LIKEYOU VERB ITEMORBACK",
        "WHO VERB ITEMORBACK [TOO] LIKEYOU",
        "WHO LIKEYOU VERBING (of|for) ITEMORBACK",
        "WHO DIDSO",
        "VERBING ITEM",
    ),
    "LIKEYOU": (", [just] as YOU [did|have] ,", "(shared|share|sharing) YOUR", ", [just] like YOU [did] ,",
        "[just] like YOU [did]", "[just] as YOU did"),
    "DIDSO": ("did [so|the same|likewise] [TOO]", "felt the same"),
    "DID": (
        "[HAVE] [also|likewise] VERB REC [,] [TOO]",
        "[also] (went on to|did|came to|go on to) [also] TO-VERB REC [TOO]",
        "[also] TO-VERB REC [TOO]",
        "[also] VERBING REC [TOO]",
    ),
    "PASSIVE": ("[is|was|are|were|has been|had been|being|having been] [also] VERB [TOO] by",),
    "WHOLE": ("NUMBER",),
    "COUNT": ("NUMBER",),
    "THEWHOLE": ("[the|those|all] [OTHER] WHOLE [OTHER]", "a (group|total) of WHOLE [OTHER]"),
    "HOWMANY": ("[a total of|in total] COUNT [OTHER]",),
    "COUNTOF": (
        "HOWMANY [PEOPLE] [,] OF THEWHOLE [PEOPLE]",
        "HOWMANY OPEN OF THEWHOLE CLOSE [OTHER] PEOPLE",
        "HOWMANY [OTHER] PEOPLE OPEN OF THEWHOLE CLOSE",
        "HOWMANY [OTHER] PEOPLE",
        "HOWMANY of (the|those) [OTHER] PEOPLE",
        "HOWMANY of those",
    ),
    "COOCCURRENCE": (
        "COUNTOF WHOLIKED [,] DID",
        "[some [of the]] [OTHER] PEOPLE WHOLIKED [,] DID",
        "[OTHER] PEOPLE WHOLIKED [,] DID (,|:|-|OPEN) COUNT OF THEWHOLE [of them|PEOPLE] [CLOSE]",
        "HOWMANY PEOPLE WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE] [,] DID",
        "COUNTOF WHOLIKED VERB both",
        "FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID",
        "FRONTOF (those|everyone|everyone else|all) WHOLIKED [,|:|-] HOWMANY [PEOPLE|of them|of those] DID",
        "FRONTOF THEWHOLE [PEOPLE] WHOLIKED [,] REC PASSIVE HOWMANY [PEOPLE]",
        "FRONTOF [the] [OTHER] PEOPLE WHOLIKED [,] HOWMANY DID",
        "MANYLIKED OFTHEM DID",
        "MANYLIKED , REC PASSIVE HOWMANY of them",
        "HOWMANY [OTHER] PEOPLE [HAVE] [also] (VERB|TO-VERB) [both] BOTHREC",
        "[both] BOTHREC (were|are) [both] VERB by HOWMANY PEOPLE",
        "THEWHOLE PEOPLE WHOLIKED (include|included|includes) HOWMANY WHO DID",
        "the (one|1) other person WHOLIKED DID",
    ),
    "MANYLIKED": (
        "THEWHOLE PEOPLE [HAVE] [also] VERB ITEMORBACK [TOO]",
        "there (are|were) THEWHOLE PEOPLE WHOLIKED",
        "ITEM (was|is|has been) [also] VERB by THEWHOLE PEOPLE",
        "[just] as DIDSO THEWHOLE PEOPLE",
    ),
    "OFTHEM": (
        "[,|;|.|-] [and] [of these|of those|of them|among them] [,] HOWMANY [of (them|these|those)]",
        "[,] of whom HOWMANY",
        "[,] HOWMANY of whom",
        "[,] [with] HOWMANY of them",
        "[,] including HOWMANY who",
    ),
    "SAYSCOOCCURRENCE": (
        "PASSIVE COUNTOF [OTHER] [PEOPLE] WHOLIKED",
        "PASSIVE HOWMANY [PEOPLE] WHOLIKED [,] [OPEN] OF THEWHOLE [CLOSE]",
        "PASSIVE [some] [of the] [OTHER] PEOPLE WHOLIKED",
        "with COUNTOF WHOLIKED [,] [HAVE|having] [also] (VERBING|VERB) REC [TOO]",
    ),
    "SAYSGAPPED": ("COUNTOF WHOLIKED [,] [HAVE] [also] VERB [TOO]",),
    "THEKINDS": ("(is|was) (one of|among) the [other] KINDS [that|which]",),
    "POPULARITY": ("COUNT OF [the|all|all the] WHOLE [OTHER] PEOPLE DID", "COUNT [OTHER] PEOPLE DID"),
    "SAYSPOPULARITY": ("PASSIVE COUNT OF [the|all|all the] WHOLE [OTHER] PEOPLE",
        "PASSIVE COUNT [OTHER] PEOPLE"),
    "ALIKE": (
        "WHO have a history (like|similar to) yours",
        "with a [watch|viewing|reading|shopping] history (like|similar to) yours",
        "with histories (like|similar to) yours",
        "whose (history|histories) (is|are) [most] (like|similar to) yours",
    ),
    "NEIGHBOURS": (
        "COUNT OF [the] WHOLE [OTHER] PEOPLE ALIKE [,] DID",
        "OF [the] WHOLE [OTHER] PEOPLE ALIKE , COUNT DID",
        "COUNT [OTHER] PEOPLE ALIKE [,] DID",
        "[some] [OTHER] PEOPLE ALIKE [,] DID",
    ),
    "SAYSNEIGHBOURS": ("PASSIVE [COUNT OF [the] WHOLE|COUNT] [OTHER] PEOPLE ALIKE",),
}  # fmt: skip

SEARCHES: dict[str, tuple[str, ...]] = {
    "QUERY": ("search", "query", "search query", "search (term|terms|phrase|words|text|request)", "searches"),
    "THESEARCH": ("WHOSE QUERY [for|of|,|:] SEARCH", "WHOSE SEARCH (search|query)"),
    "WHOSE": ("MINE", "the", "a", "our", "this", "AN"),
    "MINE": ("YOUR",),
    "FINDS": (
        "[has|have|had] [also] (found|returned|matches|matched|surfaced|produced|gave|gives|retrieved|"
            "yielded|uncovered)",
        "(finds|returns|surfaces|retrieves|yields|fits|produces|matching|finding|returning)",
        "(led|leads|pointed|points|brought) [us|me|YOU] to",
        "(brought|brings|turned|turns|pulled|pulls|threw|throws) up",
        "(came|comes) up with",
    ),
    "SEARCHED": (
        "THESEARCH [,] FINDS REC [as AN (result|match|hit)]",
        "THESEARCH [,] (brought|turned) REC up",
        "[by|when|while|on] (searching|looking|a search) (for|with) SEARCH [,] [(we|I)] FINDS REC",
        "[when] (we|I) searched [for] SEARCH [,] [and] [we|I] FINDS REC",
        "[when] (we|I|i) searched [for] SEARCH [,] [and] REC CAMEUP",
        "when searching for SEARCH [,] REC [CAMEUP|FINDS]",
        "(we|I) [have] [also] FOUND REC WITH [THESEARCH]",
        "(we|I) FOUND REC [by|when|while] searching (for|with) SEARCH",
        "(for|with|from|in response to|in answer to|through|via|by|using|to) THESEARCH [,] (REC CAMEUP|"
            "REC (is|was) (found|returned|AN (match|result|hit|answer))|[we|I] FINDS REC)",
        "(among|one of) the (results|matches|hits) (for|of|from) THESEARCH (is|was) REC",
        "THESEARCH (is|was) [what|how] [we|I] (FINDS|found) REC",
        "from THESEARCH [:|,|-] REC",
        "THESEARCH (has|had|lists|listed|includes|included) REC (among|in) its results",
        "ITIS AN (match|result|hit) (for|of|from) THESEARCH",
    ),
    "FOUND": ("(found|retrieved|came across|came upon|discovered|turned up|located)",),
    "WITH": (
        "(by|with|through|from|using|via|for|in|under|thanks to|in response to|as a result of|when "
        "running)",),
    "CAMEUP": ("(came|comes|coming|turned|turns|turning|shows|showed|showing|popped|pops) up", "appeared",
        "appears", "surfaced", "surfaces", "appearing", "surfacing"),
    "SAYSSEARCHED": (
        "[also] (matches|matched|fits|matching|fitting|answers|answering|meets) THESEARCH",
        "[also] (is|was|being|has been|were|are) [also] (found|returned|brought up|retrieved|surfaced|"
            "located|turned up|discovered|matched) WITH THESEARCH",
        "[also] (found|returned|brought up|retrieved|surfaced|located|turned up|discovered) WITH THESEARCH",
        "[also] CAMEUP WITH THESEARCH",
        "[also] CAMEUP [as AN (result|match|hit)] [when|while|by|on] [we|I|you|YOU] (searching|searched) "
            "for SEARCH",
        "[also] CAMEUP (in|among|on) the [search] results (for|of|from) (THESEARCH|SEARCH)",
        "[also] [is|was|as] [also] [AN|one|the] (match|result|hit|answer) (for|of|from|to) THESEARCH",
        "[also] (is|was) [also] (among|one of|in|part of) [the] [search] (results|matches|hits) (for|of|"
            "from|to) (THESEARCH|SEARCH)",
        "[also] [is|was] (found|returned|reached|retrieved) [by|when|while|through|after] (searching|a "
            "search|looking) (for|with) SEARCH",
        "(is|was) what THESEARCH FINDS",
        "(is|was) what CAMEUP (WITH THESEARCH|for SEARCH)",
        "[also] CAMEUP (for|under) SEARCH",
        "(matches|matched|fits) what (was|we|I|i) [have] searched for [:|,|-] SEARCH",
        "[also] (is|was) AN (result|match|hit) (when|from) searching for SEARCH",
    ),
}  # fmt: skip

SUBJECTS: dict[str, tuple[str, ...]] = {
    "SUBJECTED": ("REC PREDICATES", "REC (:|-) (APPOSED|PREDICATES)", "PREDICATES , REC PREDICATES",
        "APPOSED , REC PREDICATES"),
    "FRAGMENT": ("OMITTED PREDICATES", "OMITTED APPOSED [,] [that|which] [PREDICATES]"),
    "PREDICATES": (
        "PREDICATE [PREDJOIN PREDICATES]",
        "MODIFIED [,] (that|which) PREDICATES",
        "MODIFIED [,] PREDICATE",
    ),
    "PREDJOIN": ("[,] and [also]", ",", ", and also", ", as well as", "as well as", ", (that|which) [also]",
        ", while", "[,] and (it|which)", "[,] plus it"),
    "PREDICATE": (
        "SAYSATTRIBUTE", "SAYSSHARED", "SAYSSEARCHED", "SAYSCOOCCURRENCE", "SAYSPOPULARITY", "SAYSNEIGHBOURS",
        "SAYSANOTHER", "THEKINDS (SAYSSEARCHED|SAYSCOOCCURRENCE)",
    ),
    "MODIFIED": ("SAYSATTRIBUTE",),
    "OMITTED": ("",),
    "CLAUSE": (
        "SUBJECTED", "HISTORY", "ATTRIBUTE", "SHARED", "COOCCURRENCE", "POPULARITY", "SEARCHED", "NEIGHBOURS",
    ),
}  # fmt: skip

GRAMMAR = FRAMES | NAMES | HISTORY | ATTRIBUTES | SHARED | COUNTED | SEARCHES | SUBJECTS

CLAUSES = frozenset(
    ("HISTORY", "ATTRIBUTE", "SHARED", "COOCCURRENCE", "POPULARITY", "SEARCHED", "NEIGHBOURS")
)
SAYING = frozenset("SAYS" + each for each in (*CLAUSES, "ISA", "YEAR", "KIND", "ANOTHER", "GAPPED"))
"""The same clauses after a subject that stands before, and what is told of the recommended one in passing."""
UNITS = CLAUSES | {"SUBJECTED", "FRAGMENT", "THIS", "SAYREC"}
"""What is told at one go, in which no "it" changes its meaning."""
MARKS = frozenset(
    ("BACK", "BOTHBACK", "ITEM", "IT", "IT's", "ITIS", "OMITTED", "ASBEFORE", "MINE", "INCART", "ONWISHLIST",
        "COUNT", "WHOLE", "DIDSO", "LIKEYOU")
)  # fmt: skip
NODES = UNITS | SAYING | MARKS
"""Rules whose name the reading keeps; the parts of any other stand in its place."""
