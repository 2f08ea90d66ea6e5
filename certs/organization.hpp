// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/openssl.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dmachine::certs {

/// Makes `name` consist of the one attribute organizationName, of any length: PrintableString where
/// the characters allow it, else UTF8String. Throws Error{invalid} when the text is no UTF-8.
void set_organization(X509_NAME* name, std::string_view organization);

/// The organizationName of a name that consists of nothing else; nothing for any other name. Only
/// programs of this family make such certificates, so this tells theirs from a user's own.
std::optional<std::string> find_sole_organization(const X509_NAME* name);

}  // namespace dmachine::certs
