import os
import subprocess
import sys

from launch import LaunchDescription
from launch.actions import ExecuteProcess, LogInfo

print('{"processes": []}')
sys.stdout.write("no end of line")
os.write(1, b"past Python\n")
subprocess.run(["echo", "by a child"], check=True)


def generate_launch_description():
    return LaunchDescription([LogInfo(msg=["for a ", "person"]), ExecuteProcess(cmd=["true"])])
