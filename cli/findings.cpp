// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/findings.hpp"

#include "core/json.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

using Level = Finding::Level;

std::string_view to_string(Level level) {
  switch (level) {
    case Level::good:
      return "ok";
    case Level::unknown:
      return "unknown";
    case Level::warning:
      return "warning";
    case Level::problem:
      return "problem";
  }
  return "";
}

std::string line(const Finding& finding) {
  std::string text = fmt::format("  {:<8} {}", to_string(finding.level), finding.subject);
  if (!finding.text.empty()) {
    text += fmt::format(": {}", finding.text);
  }
  // A text of a cloud may have several lines; what follows belongs to the first.
  text = replace_all(text, "\n", "\n           ") + "\n";
  if (!finding.remedy.empty()) {
    text += fmt::format("           -> {}\n", finding.remedy);
  }
  return text;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

bool has_problem(const std::vector<Finding>& findings) {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.level == Level::problem; });
}

bool has_problem(const std::vector<Examination>& examinations) {
  return std::ranges::any_of(examinations,
                             [](const Examination& one) { return has_problem(one.findings); });
}

std::string findings_text(const std::vector<Examination>& examinations) {
  std::string text;
  std::size_t problems = 0;
  std::size_t warnings = 0;
  for (const Examination& one : examinations) {
    text += one.title + "\n";
    for (const Finding& finding : one.findings) {
      text += line(finding);
      problems += finding.level == Level::problem ? 1 : 0;
      warnings += finding.level == Level::warning ? 1 : 0;
    }
  }
  return text + fmt::format("{}, {}\n", counted(problems, "problem"), counted(warnings, "warning"));
}

std::string findings_json(const std::vector<Examination>& examinations) {
  Json list = Json::array();
  for (const Examination& one : examinations) {
    for (const Finding& finding : one.findings) {
      list.push_back(Json{{"about", one.title},
                          {"level", to_string(finding.level)},
                          {"subject", finding.subject},
                          {"text", finding.text},
                          {"remedy", finding.remedy.empty() ? Json() : Json(finding.remedy)}});
    }
  }
  return list.dump(2) + "\n";
}

}  // namespace dmachine::cli
