"""The OpenAPI 3.1 document of the open data."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from seo.addresses import absolute

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
LINK: Schema = {"type": "string", "format": "uri"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": ["string", "null"], "format": "date"}
PERHAPS: Schema = {"type": ["string", "null"]}
TEXTS: Schema = {"type": "array", "items": TEXT}

DOCUMENT: dict[str, Schema] = {
    "id": NUMBER,
    "url": LINK,
    "markdown_url": LINK,
    "title": TEXT,
    "short_answer": TEXT,
    "topics": TEXTS,
    "nationwide": FLAG,
    "provinces": TEXTS,
    "published_at": MOMENT,
    "changed_at": MOMENT | {"description": "The last major change as readers saw it."},
    "verified_on": DAY | {"description": "The day on which somebody last checked the whole page."},
    "review_due_on": DAY,
}
CITATION = {"number": NUMBER, "policy": TEXT, "clause": TEXT, "note": TEXT, "as_history": FLAG}
VALUE = {
    "value": TEXT,
    "text": TEXT | {"description": "The value with its unit."},
    "province": PERHAPS,
    "in_force_from": DAY,
    "in_force_until": DAY,
    "policy": PERHAPS,
    "clause": TEXT,
    "source_note": TEXT,
    "verified_on": DAY,
}
POLICY = {
    "id": NUMBER,
    "code": TEXT,
    "url": LINK,
    "title": TEXT,
    "number": TEXT | {"description": "文号"},
    "issuer": TEXT,
    "kind": TEXT,
    "issued_on": DAY,
    "published_on": DAY,
    "in_force_from": DAY,
    "in_force_until": DAY,
    "status": {"type": "string", "enum": ["upcoming", "in-force", "partly-superseded", "repealed", "historical"]},
    "superseded_by": PERHAPS,
    "official_url": TEXT,
    "confidence": TEXT,
    "summary": TEXT,
}


def _object(properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


TERMS = {"publisher": TEXT, "site": LINK, "licence": LINK, "notice": TEXT}
LINES = ("scope", "steps", "checklist", "exceptions")
SCHEMAS: dict[str, Schema] = {
    "Document": _object(DOCUMENT),
    "Citation": _object(CITATION),
    "Value": _object(VALUE),
    "DocumentDetail": _object(
        DOCUMENT
        | dict.fromkeys(LINES, TEXTS)
        | {"notices": TEXTS, "body": TEXT | {"description": "HTML, as on the page."}}
        | {"citations": _many(_ref("Citation")), "figures": _many(_object(VALUE | {"parameter": TEXT}))},
        optional=LINES,
    ),
    "Policy": _object(POLICY),
    "Parameter": _object(
        {"id": NUMBER, "key": TEXT, "label": TEXT, "unit": TEXT, "note": TEXT, "values": _many(_ref("Value"))}
    ),
    "Error": _object({"error": TEXT}),
    "Index": _object(TERMS | {"lists": {"type": "object", "additionalProperties": LINK}, "openapi": LINK}),
}
PAGING = [
    {"name": "cursor", "in": "query", "schema": TEXT, "description": "Taken from `next`; never made by hand."},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
]


def _answers(schema: Schema, *errors: int) -> Schema:
    content = {"application/json": {"schema": schema}}
    error = {"application/json": {"schema": _ref("Error")}}
    good = {"200": {"description": "OK", "content": content}, "304": {"description": "Unchanged since your ETag."}}
    return good | {str(status): {"description": "What went wrong.", "content": error} for status in errors}


def _list_path(summary: str, item: str) -> Schema:
    schema = _object(TERMS | {"items": _many(_ref(item)), "next": PERHAPS})
    return {"get": {"summary": summary, "parameters": PAGING, "responses": _answers(schema, 400)}}


def _detail_path(summary: str) -> Schema:
    schema = _object(TERMS | {"item": _ref("DocumentDetail")})
    number = {"name": "id", "in": "path", "required": True, "schema": NUMBER}
    return {"get": {"summary": summary, "parameters": [number], "responses": _answers(schema, 404)}}


def document() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.SITE_NAME}：开放数据",
            "version": "1",
            "description": "Live questions, articles, policy documents and figures. Read-only. "
            "Cite the page, and the day on which it was last verified.",
            "license": {"name": "Licence of the data", "url": settings.DATA_LICENCE},
        },
        "servers": [{"url": absolute("/api/v1")}],
        "paths": {
            "/": {"get": {"summary": "What there is", "responses": _answers(_ref("Index"))}},
            "/questions/": _list_path("Live questions by id", "Document"),
            "/questions/{id}/": _detail_path("One question"),
            "/articles/": _list_path("Live articles by id", "Document"),
            "/articles/{id}/": _detail_path("One article"),
            "/policies/": _list_path("Policy documents by id", "Policy"),
            "/parameters/": _list_path("Figures with their values", "Parameter"),
        },
        "components": {"schemas": SCHEMAS},
    }
