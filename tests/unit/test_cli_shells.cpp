// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/shells.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine::cli;

namespace {

struct Case {
  const char* shell;
  const char* set;
  const char* unset;
  const char* hint;
};

const std::vector<Case> cases{
    {"bash", "export DOCKER_HOST=\"tcp://192.0.2.1:2376\"\n", "unset DOCKER_HOST\n",
     "# Run this command to configure your shell: \n# eval $(docker-machine env m)\n"},
    {"fish", "set -gx DOCKER_HOST \"tcp://192.0.2.1:2376\";\n", "set -e DOCKER_HOST;\n",
     "# Run this command to configure your shell: \n# eval (docker-machine env m)\n"},
    {"powershell", "$Env:DOCKER_HOST = \"tcp://192.0.2.1:2376\"\n",
     "Remove-Item Env:\\\\DOCKER_HOST\n",
     "# Run this command to configure your shell: \n# & docker-machine env m | "
     "Invoke-Expression\n"},
    {"cmd", "SET DOCKER_HOST=tcp://192.0.2.1:2376\n", "SET DOCKER_HOST=\n",
     "REM Run this command to configure your shell: \n"
     "REM \t@FOR /f \"tokens=*\" %i IN ('docker-machine env m') DO @%i\n"},
    {"tcsh", "setenv DOCKER_HOST \"tcp://192.0.2.1:2376\";\n", "unsetenv DOCKER_HOST;\n",
     ": Run this command to configure your shell: \n: eval `docker-machine env m`\n"},
    {"emacs", "(setenv \"DOCKER_HOST\" \"tcp://192.0.2.1:2376\")\n",
     "(setenv \"DOCKER_HOST\" nil)\n",
     ";; Run this command to configure your shell: \n"
     ";; (with-temp-buffer (shell-command \"docker-machine env m\" (current-buffer)) "
     "(eval-buffer))\n"},
};

}  // namespace

TEST_CASE("each shell's lines are the reference's, byte for byte") {
  for (const Case& one : cases) {
    INFO(one.shell);
    const Shell& shell = find_shell(one.shell);
    CHECK(set_line(shell, "DOCKER_HOST", "tcp://192.0.2.1:2376") == one.set);
    CHECK(unset_line(shell, "DOCKER_HOST") == one.unset);
    CHECK(hint_lines(shell, {"docker-machine", "env", "m"}) == one.hint);
  }
}

TEST_CASE("an unknown shell gets the form of sh, and csh is not tcsh") {
  for (const auto* name : {"", "sh", "zsh", "csh", "ksh", "Fish"}) {
    CHECK(&find_shell(name) == &find_shell("bash"));
  }
}

TEST_CASE("of the command line only the program is quoted, for a blank or backslash") {
  const Shell& shell = find_shell("sh");
  CHECK(hint_lines(shell, {"/opt/my tools/dm", "env", "a b"}) ==
        "# Run this command to configure your shell: \n# eval $(\"/opt/my tools/dm\" env a b)\n");
  CHECK(hint_lines(shell, {"C:\\dm.exe", "env"}) ==
        "# Run this command to configure your shell: \n# eval $(\"C:\\dm.exe\" env)\n");
}
