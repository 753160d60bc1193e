from oracle_names import is_cached, one_processor, window_steps

from kstream_cli import Stores


def build(case):
    store = Stores.window("s", retention=100, window_size=20, key=str, value=str, headers=True, caching=is_cached(case))
    return one_processor(store, case, window_steps)
