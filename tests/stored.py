"""What a run stored: every row of the gradebook and every graded file, in a form that can be compared between runs."""

import json
import re
from pathlib import Path

from nbgrader.api import Base
from sqlalchemy import create_engine, inspect, text

UUID = re.compile("[0-9a-f]{32}")


def tables(out):
    """Every row of every table, sorted, {table: rows}; identifiers are replaced by what they stand for.

    `out` is a folder with a gradebook.db, or the URL of a database.
    """
    engine = create_engine(out if isinstance(out, str) else f"sqlite:///{Path(out) / 'gradebook.db'}")
    found = {}
    with engine.connect() as connection:
        assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
        found["alembic_version"] = [tuple(row) for row in connection.execute(text("SELECT * FROM alembic_version"))]
        rows = {n: connection.execute(t.select()).mappings().all() for n, t in Base.metadata.tables.items()}
    engine.dispose()
    by_id = {(n, row["id"]): row for n, made in rows.items() for row in made}

    def named(table, row):
        values = []
        for column in Base.metadata.tables[table].columns:
            value = row[column.name]
            if column.foreign_keys and value is not None:
                (key,) = column.foreign_keys
                value = named(key.column.table.name, by_id[key.column.table.name, value])
            elif column.primary_key and isinstance(value, str) and UUID.fullmatch(value):
                continue
            values.append((column.name, value))
        return tuple(values)

    for table, made in rows.items():
        found[table] = sorted((named(table, row) for row in made), key=repr)
    return found


def folders(out):
    """{path: (mode, content)} of everything in autograded/, notebooks without the identifiers of cells."""
    found, root = {}, Path(out) / "autograded"
    for path in sorted(p for p in root.rglob("*") if not p.is_dir()):
        content = path.read_bytes()
        if path.suffix == ".ipynb":
            notebook = json.loads(content)
            for cell in notebook["cells"]:
                cell.pop("id", None)
            content = json.dumps(notebook, indent=1, sort_keys=True)
        found[str(path.relative_to(root))] = (oct(path.stat().st_mode), content)
    return found
