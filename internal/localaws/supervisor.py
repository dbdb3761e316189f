"""Runs MiniStack until the process that started it ends.

Only that process holds the other end of standard input, a pipe. So the pipe ends with the process,
even after kill -9. The supervisor then removes the folder and kills its process group, including the
functions that MiniStack has started.
"""

import os
import shutil
import signal
import sys
import threading


def end_with_parent(folder):
    while os.read(0, 4096):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_parent, args=(sys.argv[1],), daemon=True).start()
sys.argv = ["ministack"]

# The import takes half a second, during which the parent may end: so the thread comes first.
from ministack.app import main  # noqa: E402

main()
