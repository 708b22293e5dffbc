"""Runs the migrations on the connection that store.py hands over, inside its transaction: all of them or none."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
