"""What the user did."""

HISTORY = """
HISTORY:
    YOU [HAVE] [ADVERB] VERB ITEMS [ADVERB]
    you've [ADVERB] VERB ITEMS [ADVERB]
    YOU [also] (TO-VERB|do TO-VERB|did TO-VERB) ITEMS [TOO]
    (did YOU TO-VERB|YOU VERB|VERB) ITEM ?
    YOU [HAVE] [also] (put|placed|added) ITEMS CARTTAIL
    ITEMS (was|were|is|are|has been) [ADVERB] VERB by YOU
    ITEM (is|was) [one] (of|among) [the] KINDS [that|which] YOULIKED
    ITEM (is|was) (a|one) [KIND] [that|which] YOULIKED
    (among|one of) the KINDS [that|which] YOULIKED (is|was) ITEM
    (a|one) KIND [that|which] YOULIKED (is|was) ITEM
    ITEMS (is|are) [both|already] in YOUR history
    (you've|YOU [HAVE]) ITEMS in YOUR history
    YOUR history (includes|contains|has) ITEMS
    BASED [YOUR|YOU] [having|HAVE] (VERBING|VERB) [of|for] ITEMS
    BASED ITEM
    REC (is|was|comes) [SUGGESTED] [FORYOU] BASED ITEM
    (as|being) (someone|AN PERSON|a person) (who|that) [HAVE] VERB ITEMS
    (do|did) YOU TO-VERB ITEM ?
    TO-VERB ITEM ?

BASED:
    because of | based on | thanks to | on account of | on the basis of | after | following | having | due
        to | owing to | building on | given

CARTTAIL:
    INCART
    ONWISHLIST

INCART:
    (in|to|into) YOUR [shopping] (cart|basket)

ONWISHLIST:
    (on|to) YOUR (wishlist|wish list)
"""
