// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dmachine::ssh {

/// Proof that a remote command came to its end. libssh2 gives status 0 also when no status ever
/// came (the connection or the channel died), and the system's ssh gives 255 for a lost connection
/// and for a command's own 255. So the remote shell itself writes the status at the end of stderr,
/// behind a word that cannot be foreseen; stdout stays untouched.
class EndMark {
 public:
  EndMark();

  /// The command in a subshell (so that `exit` and `exec` in it end only that), followed by the
  /// mark. For POSIX shells.
  std::string wrap(const std::string& command) const;

  /// Takes the mark out of `err` and gives the exit status it carries; nothing when it never came.
  std::optional<int> take(std::string& err) const;

 private:
  std::string word_;
};

}  // namespace dmachine::ssh
