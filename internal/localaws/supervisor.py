"""Runs MiniStack until the process that started it is gone.

Standard input is a pipe that only that process holds: its end is the end of the process, however it came, kill -9
included. Then everything in this process group goes, the functions that MiniStack started among it, and its folder.
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

from ministack.app import main  # noqa: E402, after the thread: importing takes half a second in which the parent may go

main()
