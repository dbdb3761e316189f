"""Runs MiniStack until the process that started it ends.

Standard input is a pipe from that process. The pipe closes when the process ends, even after
kill -9. The supervisor then removes the server's folder and kills its own process group, including
the Lambda functions that MiniStack has started.
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

# The thread starts before this import, because the import takes half a second and the parent may
# end in the meantime.
from ministack.app import main  # noqa: E402

main()
