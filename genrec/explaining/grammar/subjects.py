"""Clauses with the recommended item as their subject, and several predicates of one subject."""

SUBJECTS = """
SUBJECTED:
    REC [, (too|likewise|also|in turn) ,] PREDICATES
    REC (:|-) (APPOSED|PREDICATES)
    PREDICATES , REC PREDICATES
    APPOSED , REC PREDICATES

FRAGMENT:
    OMITTED PREDICATES
    OMITTED APPOSED [,] [that|which] [PREDICATES]

PREDICATES:
    PREDICATE [PREDJOIN PREDICATES]
    MODIFIED [,] (that|which) PREDICATES
    MODIFIED [,] PREDICATE

PREDJOIN:
    [,] and [also]
    , | , and also | , as well as | as well as
    , (that|which) [also]
    , while
    [,] and (it|which)
    [,] plus it

PREDICATE:
    SAYSATTRIBUTE
    SAYSSHARED
    SAYSSEARCHED
    SAYSCOOCCURRENCE
    SAYSPOPULARITY
    SAYSNEIGHBOURS
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
