"""A PostgreSQL server of Debian's packages in a temporary folder, for the tests that want one."""
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile


def programs():
    """Returns the folder of the newest server's programs, or None."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Server:
    """Listens on a socket in `folder`, on no port. Its owner is `owner`, who may do anything."""

    def __init__(self, password):
        self.user = self._user()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="troth-pg-"))
        self.data = self.folder / "data"
        if self.user:
            shutil.chown(self.folder, self.user)
        self.folder.chmod(0o755)
        self._run("initdb", "--no-sync", "--username=owner", "--auth=trust", "--encoding=UTF8",
                  "--no-locale", f"--pgdata={self.data}")
        (self.data / "pg_hba.conf").write_text("local all owner trust\n"
                                               "local all all scram-sha-256\n")
        self.control("start")
        self.sql("postgres", f"CREATE ROLE troth LOGIN PASSWORD '{password}'")
        self.sql("postgres", "CREATE DATABASE troth")
        self.sql("troth", "GRANT CREATE ON SCHEMA public TO troth")

    @staticmethod
    def _user():
        """Returns who runs the server: root may not."""
        if os.getuid() != 0:
            return None
        try:
            return pwd.getpwnam("postgres").pw_name
        except KeyError:
            return "nobody"

    def command(self, program, *arguments):
        prefix = ["runuser", "-u", self.user, "--"] if self.user else []
        return [*prefix, str(programs() / program), *arguments]

    def _run(self, program, *arguments):
        subprocess.run(self.command(program, *arguments), check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL, timeout=120)

    def control_command(self):
        """Returns the command to which `start` or `stop` is added."""
        options = f"-F -k {self.folder} -c listen_addresses="
        return self.command("pg_ctl", "-w", "-s", "-m", "fast", "-D", str(self.data),
                            "-l", str(self.data / "log"), "-o", options)

    def control(self, action):
        subprocess.run([*self.control_command(), action], check=True, cwd=self.folder, timeout=120)

    def sql(self, database, statement):
        subprocess.run(["psql", "-q", "-h", str(self.folder), "-U", "owner", "-d", database,
                        "-c", statement], check=True, timeout=60)

    def close(self):
        subprocess.run([*self.control_command(), "stop"], check=False, cwd=self.folder,
                       stderr=subprocess.DEVNULL, timeout=120)
        shutil.rmtree(self.folder, ignore_errors=True)
