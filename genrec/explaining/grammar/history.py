"""What the user did."""

HISTORY = """
HISTORY:
    (it was|it is|it's) YOUR (VERBING|DEED) [of|for] ITEMS that ISREASON
    (there is|there's) ITEMS in YOUR history
    YOU [HAVE] [ADVERB|both] VERB ITEMS [ADVERB] [ANDDID]
    you've [ADVERB] VERB ITEMS [ADVERB] [ANDDID]
    (earlier|previously|in the past|already|before|recently) [,] YOU [HAVE] VERB ITEMS [ANDDID]
    YOU [HAVE] [ADVERB] VERB (FORMER|LATTER) [ADVERB]
    YOU [also] (TO-VERB|do TO-VERB|did TO-VERB) ITEMS [TOO]
    YOU [HAVE] [also] (put|placed|added) ITEMS CARTTAIL
    ITEMS (was|were|is|are|has been) [ADVERB] VERB by YOU
    ITEMS BE [one] (of|among) LIKEDKINDS
    ITEM (is|was) (a|an|one|something) [KIND] [that|which] YOULIKED
    (among|one of) LIKEDKINDS BE ITEMS
    LIKEDKINDS (include|included) ITEMS
    (a|one|another) KIND [that|which] YOULIKED (is|was|:) ITEM
    ITEMS (is|are) [both|already] in YOUR HISTORYWORD [as AN NOUN [that|which] YOULIKED]
    (you've|YOU [HAVE]) ITEMS in YOUR history
    YOUR HISTORYWORD (includes|contains|has|shows|features) ITEMS
    ITEMS (features|feature|appears|appear) in YOUR history
    YOUR (VERBING|DEED) [of|for] ITEMS [ISREASON]
    [one of] YOUR [past|previous|earlier] DEED (includes|include|included|is|was) ITEMS
    ITEMS (is|are|was|were) [one] (among|of) YOUR [past|previous|earlier] DEED
    (among|one of) YOUR [past|previous|earlier] DEED (is|are|was|were) ITEMS
    YOU [HAVE] (made|gave) AN DEED (of|for|to) ITEM
    YOU [HAVE] [ADVERB] (gave|given) ITEM AN DEED
    ITEM (has a place|is found|can be found) among LIKEDKINDS
    ITEM (got|received|earned|has|was given) ([AN|YOUR] DEED from YOU|YOUR DEED)
    BASED [YOUR|YOU] [past|earlier|previous] [having|HAVE] (VERBING|VERB|DEED) [of|for] ITEMS
    RECOMMENDATION (rests on|follows from|follows|goes back to|comes from|stems from)
        [YOUR|YOU] [having] (VERBING|VERB|DEED) [of|for] ITEMS
    BASED ITEM
    not only did YOU TO-VERB ITEMS
    the reason [why|that] ADVISE (is|was) YOUR (VERBING|DEED) [of|for] ITEMS
    AN DEED from YOU (for|of) ITEM ISREASON
    REC (is|was|comes) SUGGESTED [FORYOU] BASED ITEM
    RECOMMENDATION (is|was|comes|rests on|builds on) BASED ITEM
    (as|being|for) (someone|AN PERSON|a person) (who|that) [HAVE] VERB ITEMS [and SAYSSOUGHT]
    ITEMS (is|was|are|were) to YOUR VERBING

LIKEDKINDS:
    [the] KINDS [that|which] YOULIKED
    YOUR [previously] VERB KINDS

ANDDID:
    [,] and SAYSHISTORY

SAYSASKED:
    ((did|do) YOU TO-VERB|YOU VERB|VERB|TO-VERB) ITEM

SAYSHISTORY:
    [YOU] [HAVE] [ADVERB] VERB ITEMS [ADVERB]

SAYSTHEYDID:
    (who|having) [HAVE] [ADVERB] VERB ITEMS [ADVERB]

ISREASON:
    (is|was) [one|part of] (the|a|our|another|one) reason [for REASONED|that ADVISE|why ADVISE|behind
        REASONED]
    (is|was) [the reason] why ADVISE
    (prompted|led|leads|prompts|moved) us to SUGGEST REC
    (is|was) [the] (cause|basis|ground|grounds|occasion) (of|for) REASONED
    (led|brought|pointed|leads|brings|points|drew) [us] to ([suggest|recommend|pick] REC|REASONED)
    (explains|explain|prompted|prompts|triggered|gave us|earned you) (why ADVISE|REASONED)
    is behind REASONED
    made us (think of|pick|suggest|recommend|choose) REC

RECOMMENDATION:
    (this|our|the) (recommendation|suggestion|pick|choice) [(of|for) REC]

REASONED:
    RECOMMENDATION
    REC
    (recommending|suggesting|showing|picking|choosing) REC

BASED:
    on the strength of | in the light of | in view of | because of | based on | thanks to | on account of
        | on the basis of | after | following | having | due
        to | owing to | building on | given

CARTTAIL:
    INCART
    ONWISHLIST

INCART:
    (in|to|into) YOUR [shopping] (cart|basket)

ONWISHLIST:
    (on|to) YOUR (wishlist|wish list)
"""
