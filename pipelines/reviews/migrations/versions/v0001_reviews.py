"""Judgements, reopenings, screenings and their results; no row can be changed or removed."""

import sqlalchemy as sa
from alembic import op

from pipelines.reviews.models import KINDS, VERDICTS, Utc

revision = "0001"
down_revision = None
TABLES = ("judgement", "reopening", "screening", "screening_result")


def upgrade() -> None:
    op.create_table(
        "judgement",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("left_key", sa.Text, nullable=False),
        sa.Column("right_key", sa.Text, nullable=False),
        sa.Column("facts_hash", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("recorded_at", Utc, nullable=False),
        sa.CheckConstraint(KINDS, "judgement_kind"),
        sa.CheckConstraint(VERDICTS, "judgement_verdict"),
        sa.CheckConstraint("trim(why) <> ''", "judgement_why"),
        sa.CheckConstraint("trim(\"by\") <> ''", "judgement_by"),
        sqlite_autoincrement=True,
    )
    op.create_index("judgement_pair", "judgement", ["kind", "left_key", "right_key"])
    op.create_index("judgement_recorded_at", "judgement", ["recorded_at"])
    op.create_table(
        "reopening",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("judgement_id", sa.Integer, sa.ForeignKey("judgement.id"), nullable=False),
        sa.Column("facts_hash", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.UniqueConstraint("judgement_id", "facts_hash", name="reopening_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "screening",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("made_at", Utc, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(40)),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("lists", sa.JSON, nullable=False),
        sa.Column("reading", sa.JSON, nullable=False),
    )
    op.create_index("screening_made_at", "screening", ["made_at"])
    op.create_table(
        "screening_result",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("screening_id", sa.String(80), sa.ForeignKey("screening.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("tenderer_key", sa.Text, nullable=False),
        sa.Column("tenderer_name", sa.Text, nullable=False),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.Column("tenderer", sa.JSON, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("more", sa.JSON, nullable=False),
        sa.Column("match_count", sa.Integer, nullable=False),
        sa.UniqueConstraint("screening_id", "position", name="screening_result_position"),
        sqlite_autoincrement=True,
    )
    op.create_index("screening_result_tenderer", "screening_result", ["tenderer_key"])
    _hold()


def _hold() -> None:
    """Whoever changes or removes a row, by whatever program, is refused."""
    if op.get_context().dialect.name == "sqlite":
        for table in TABLES:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are added and never changed'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION reviews_no_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are added and never changed'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION reviews_no_change()"
        )
