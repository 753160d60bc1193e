from oracle_names import is_cached, kv_steps, one_processor

from kstream_cli import Stores


def build(case):
    store = Stores.key_value("s", key=str, value=str, headers=True, caching=is_cached(case), persistent=False)
    return one_processor(store, case, kv_steps)
