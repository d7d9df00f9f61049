"""What the site rests on: policy documents, and the dated figures taken from them."""

from policies.documents import PolicyDocument, PolicyDocumentQuerySet, PolicyKind, PolicyStatus, lapsed_q, official_link
from policies.parameters import Parameter, ParameterValue, ParameterValueQuerySet, start_of

__all__ = [
    "Parameter",
    "ParameterValue",
    "ParameterValueQuerySet",
    "PolicyDocument",
    "PolicyDocumentQuerySet",
    "PolicyKind",
    "PolicyStatus",
    "lapsed_q",
    "official_link",
    "start_of",
]
