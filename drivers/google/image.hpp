// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dmachine::google {

/// The form in which images are stored and sent: PROJECT/global/images/IMAGE or
/// PROJECT/global/images/family/FAMILY. Taken are that, the same as a URL of any host or behind
/// `projects/`, `global/images/…` and `family/…` of the user's own project, PROJECT/NAME, and bare
/// names: those of the public projects by their beginning (`debian-12`, `cos-stable`), else images
/// of the user's project. A public name is an image when it is dated (`-v20250815`), else a family.
/// Throws Error{invalid} for other forms.
std::string normalise_image(std::string_view text, std::string_view own_project);

}  // namespace dmachine::google
