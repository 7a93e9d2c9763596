"""Alembic's door: runs the migrations on the connection that the register hands over."""

from alembic import context

from data.register.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
