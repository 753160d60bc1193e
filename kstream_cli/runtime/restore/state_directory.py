"""The state directory as an application finds it when it starts: made safe, cleaned, and what else is in it told."""

from __future__ import annotations

from pathlib import Path

from kstream_cli.config import Config
from kstream_cli.config.state_directory import is_open_to_all, make_private, problem_of, shared_state_directory
from kstream_cli.logs import logger
from kstream_cli.runtime.restore.state_cleaner import StateCleaner
from kstream_cli.state.disk.store_folder import OWN_FOLDER

log = logger(__name__)

_JAVAS_FOLDER = "rocksdb"


def open_state_directory(config: Config, application_directory: Path) -> None:
    """Make the directory, say which it is and which state in it is not kstream's, and delete what is too old.

    Raises StoreError where it is not to be used: a link, a file, another user's.
    """
    state = Path(config.state_dir)
    if "state.dir" not in config.original:
        shared = shared_state_directory()
        if state != shared:
            log.warning("%s %s: local state is kept in %s (set state.dir to choose)", shared, problem_of(shared), state)
    if "state.dir" not in config.original or is_open_to_all(state.parent):
        make_private(state)
    make_private(application_directory)
    log.info("local state is kept in %s", application_directory)
    foreign = [
        folder.parent.name
        for folder in sorted(application_directory.glob(f"*/{_JAVAS_FOLDER}"))
        if not (folder.parent / OWN_FOLDER).exists()
    ]
    if foreign:
        log.warning(
            "%s has state of Kafka Streams for Java, or of an earlier kstream (tasks %s): it is left alone. kstream "
            "keeps its own in folders named %s, and restores it from the changelogs; stores without one begin empty",
            *(application_directory, ", ".join(foreign), OWN_FOLDER),
        )
    if config.state_cleanup_dir_max_age_ms >= 0:
        StateCleaner(application_directory).clean(config.state_cleanup_dir_max_age_ms)
