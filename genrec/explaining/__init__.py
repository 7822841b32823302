"""Reasons that hold: evidence, claims, their wording by template or model, and the check of a wording."""

from genrec.explaining.check import Check
from genrec.explaining.claims import Claim
from genrec.explaining.explainer import Explainer, Reason

__all__ = ["Check", "Claim", "Explainer", "Reason"]
