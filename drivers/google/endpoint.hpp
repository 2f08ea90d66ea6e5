// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dmachine::google {

/// Where requests go, with a slash at the end: CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE as gcloud
/// reads it, else the universe's host. Throws Error{invalid} for a variable that is no https URL;
/// plain http is for loopback addresses alone.
std::string api_base(std::string_view universe_domain);

/// The Resource Manager's, with CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER.
std::string resource_manager_base(std::string_view universe_domain);

/// What the URLs inside bodies begin with. For Google's own universe the host that every version of
/// the driver has sent; both are accepted.
std::string resource_base(std::string_view universe_domain);

/// PROJECT of `…projects/PROJECT/…`, or `own_project` when the text has none.
std::string project_of(std::string_view reference, std::string_view own_project);

/// What two references to one resource have in common: `projects/P/…`, whatever host or version
/// stands before.
std::string resource_path(std::string_view reference, std::string_view own_project);

/// What stands behind the last slash: the name in a resource's URL.
std::string last_segment(std::string_view reference);

}  // namespace dmachine::google
