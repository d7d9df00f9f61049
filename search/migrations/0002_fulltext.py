"""The full-text index itself: kept by the database from the two token columns, so it can never miss a change.

On SQLite, a later migration that alters a column of IndexEntry makes Django build the table anew, which drops these
triggers: such a migration must run `forwards` again at its end.
"""

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE search_fts USING fts5(head_tokens, body_tokens, content='search_indexentry',
    content_rowid='id', detail=column, tokenize="unicode61 remove_diacritics 0 tokenchars '.'")""",
    """CREATE TRIGGER search_fts_insert AFTER INSERT ON search_indexentry BEGIN
    INSERT INTO search_fts(rowid, head_tokens, body_tokens) VALUES (new.id, new.head_tokens, new.body_tokens);
END""",
    """CREATE TRIGGER search_fts_delete AFTER DELETE ON search_indexentry BEGIN
    INSERT INTO search_fts(search_fts, rowid, head_tokens, body_tokens)
    VALUES ('delete', old.id, old.head_tokens, old.body_tokens);
END""",
    """CREATE TRIGGER search_fts_update AFTER UPDATE OF id, head_tokens, body_tokens ON search_indexentry BEGIN
    INSERT INTO search_fts(search_fts, rowid, head_tokens, body_tokens)
    VALUES ('delete', old.id, old.head_tokens, old.body_tokens);
    INSERT INTO search_fts(rowid, head_tokens, body_tokens) VALUES (new.id, new.head_tokens, new.body_tokens);
END""",
]
POSTGRES = [
    """ALTER TABLE search_indexentry
    ADD COLUMN head_index tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(head_tokens, ' '))) STORED,
    ADD COLUMN body_index tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(body_tokens, ' '))) STORED""",
    "CREATE INDEX search_indexentry_head ON search_indexentry USING gin (head_index) WITH (fastupdate = off)",
    "CREATE INDEX search_indexentry_body ON search_indexentry USING gin (body_index) WITH (fastupdate = off)",
]
UNDO_SQLITE = [
    "DROP TRIGGER search_fts_insert",
    "DROP TRIGGER search_fts_delete",
    "DROP TRIGGER search_fts_update",
    "DROP TABLE search_fts",
]
UNDO_POSTGRES = ["ALTER TABLE search_indexentry DROP COLUMN head_index, DROP COLUMN body_index"]


def forwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRES}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    for statement in {"sqlite": UNDO_SQLITE, "postgresql": UNDO_POSTGRES}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
