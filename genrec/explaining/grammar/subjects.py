"""Clauses with the recommended item as their subject, and several predicates of one subject."""

SUBJECTS = """
SUBJECTED:
    REC , SUGGESTED [FORYOU] BECAUSE HISTORY , PREDICATES
    REC [, (too|likewise|also|in turn) ,] PREDICATES
    REC (:|-) (APPOSED|PREDICATES)
    [in addition to|besides|apart from|aside from|as well as|on top of|beyond|along with] PREDICATES , REC
        PREDICATES
    APPOSED , REC PREDICATES

FRAGMENT:
    OMITTED PREDICATES
    OMITTED APPOSED [,] [that|which] [PREDICATES]

PREDICATES:
    PREDICATE [PREDJOIN PREDICATES]
    (has|have|having|with) [both] SAYSNAMED [, SAYSNAMED] [,] and SAYSNAMED
    not only PREDICATE [,] (but|it) [also] PREDICATE
    (is|was) not only (SAYSISA|SAYSATTRIBUTE) [,] but [also] (SAYSISA|SAYSATTRIBUTE)
    MODIFIED [,] (that|which) PREDICATES
    MODIFIED [,] PREDICATE
    MODIFIED (that|which) SAYSWHICHMANY

PREDJOIN:
    [,] and [,] [ADDING] [,]
    , | , and also | , as well as | as well as
    , (that|which) [also]
    , while
    [,] and (it|which)
    [,] plus it

PREDICATE:
    SAYSATTRIBUTE
    SAYSSHARED
    SAYSSEARCHED
    (SAYSCOOCCURRENCE|SAYSPOPULARITY|SAYSNEIGHBOURS) [MOREAGENTS]
    SAYSANOTHER
    THEKINDS (SAYSSEARCHED|SAYSCOOCCURRENCE|SAYSWHICHMANY|SAYSPOPULARITY)
    (is|was) AN NOUN (that|which) PREDICATE

MODIFIED:
    SAYSATTRIBUTE

OMITTED:
    []

CLAUSE:
    SUBJECTED
    HISTORY
    ATTRIBUTE
    SHARED
    COOCCURRENCE
    POPULARITY
    SEARCHED
    NEIGHBOURS
"""
