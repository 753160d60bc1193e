from oracle_names import is_cached, one_processor, session_steps

from kstream_cli import Stores


def build(case):
    store = Stores.session("s", retention=100, key=str, value=str, headers=True, caching=is_cached(case))
    return one_processor(store, case, session_steps)
