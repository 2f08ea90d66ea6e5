// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "provision/os/family.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// Follows the output of the apply script: marks become the reference's lines, all else is kept for
/// an error's sake.
class Progress {
 public:
  /// `mark` begins the script's own lines. `variables` as for redact(). `told` holds the phases
  /// whose lines were printed by an earlier attempt, and those printed now.
  Progress(std::string mark, AnnouncesInstall announces_install, std::vector<std::string> variables,
           std::set<std::string>& told);

  /// Output as it arrives, in pieces of any size.
  void feed(std::string_view piece);

  /// Any mark came: the script runs, so we are root.
  bool begun() const { return begun_; }
  /// The script ran to its end.
  bool ended() const { return ended_; }
  bool changed() const { return changed_; }
  bool restarted() const { return restarted_; }

  /// What to put into an error: the phase in the reference's words, `cause` or the script's own,
  /// and the last lines of what the phase printed (at most 4 KiB), secrets taken out.
  std::string failure(const std::string& cause) const;

 private:
  void line(std::string_view text);
  void on_mark(std::string_view word, std::string_view rest);
  void begin_phase(std::string_view name);

  std::string mark_;
  AnnouncesInstall announces_install_;
  std::vector<std::string> variables_;
  std::set<std::string>& told_;

  std::string partial_;
  std::string phase_;
  Clock::time_point phase_began_ = Clock::now();
  std::string tail_;
  std::string cause_;
  bool begun_ = false;
  bool ended_ = false;
  bool changed_ = false;
  bool restarted_ = false;
};

}  // namespace dmachine::provision
