// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/shells.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <array>

namespace dmachine::cli {

namespace {

constexpr std::array shells{
    Shell{"sh", "export ", "=\"", "\"", "unset ", "", "# ", "# eval $(", ")"},
    Shell{"fish", "set -gx ", " \"", "\";", "set -e ", ";", "# ", "# eval (", ")"},
    Shell{"powershell", "$Env:", " = \"", "\"", "Remove-Item Env:\\\\", "", "# ", "# & ",
          " | Invoke-Expression"},
    Shell{"cmd", "SET ", "=", "", "SET ", "=", "REM ", "REM \t@FOR /f \"tokens=*\" %i IN ('",
          "') DO @%i"},
    Shell{"tcsh", "setenv ", " \"", "\";", "unsetenv ", ";", ": ", ": eval `", "`"},
    Shell{"emacs", "(setenv \"", "\" \"", "\")", "(setenv \"", "\" nil)", ";; ",
          ";; (with-temp-buffer (shell-command \"", "\" (current-buffer)) (eval-buffer))"},
};

}  // namespace

const Shell& find_shell(std::string_view name) {
  for (const Shell& shell : shells) {
    if (shell.name == name) {
      return shell;
    }
  }
  return shells.front();
}

std::string set_line(const Shell& shell, std::string_view variable, std::string_view value) {
  return fmt::format("{}{}{}{}{}\n", shell.set_before, variable, shell.set_between, value,
                     shell.set_after);
}

std::string unset_line(const Shell& shell, std::string_view variable) {
  return fmt::format("{}{}{}\n", shell.unset_before, variable, shell.unset_after);
}

std::string hint_lines(const Shell& shell, const std::vector<std::string>& argv) {
  std::vector<std::string> words = argv;
  if (words[0].find_first_of(" \\") != std::string::npos) {
    words[0] = '"' + words[0] + '"';
  }
  return fmt::format("{}Run this command to configure your shell: \n{}{}{}\n", shell.comment,
                     shell.hint_before, join(words, " "), shell.hint_after);
}

}  // namespace dmachine::cli
