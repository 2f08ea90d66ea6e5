// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::azure {

/// What the Resource Manager says went wrong, in an answer or in the result of an operation.
/// Source: Azure Resource Manager, "Common API details", ErrorResponse.
struct Fault {
  std::string code;                // "AllocationFailed"
  std::string message;             // with those of the details that say more
  std::vector<std::string> codes;  // of the error, its details and inner errors

  bool has_code(std::string_view wanted) const;
};
/// The member `error` of an answer, or the answer itself when it has a code; an empty Fault when
/// there is neither. Pure.
Fault parse_fault(const Json& answer);

/// A refusal by the Resource Manager: `Service returned an error. Status=409 Code="…"
/// Message="…"`, or, of an operation, `Long running operation terminated with status 'Failed':
/// Code="…" Message="…"`.
class ApiError : public Error {
 public:
  ApiError(Errc code, const std::string& text, int status, Fault fault)
      : Error(code, text), status_(status), fault_(std::move(fault)) {}

  int status() const { return status_; }  // 0: the end of an operation
  const Fault& fault() const { return fault_; }

  /// The API's own word that what was asked for is not there; not that of a proxy, nor that it does
  /// not know the subscription.
  bool is_gone() const;
  /// Somebody else is working on it: to be asked again in a moment.
  bool is_busy() const;
  /// A newer operation took the place of ours.
  bool is_preempted() const { return fault_.has_code("OperationPreempted"); }
  /// Something else still uses it.
  bool is_in_use() const;
  /// Something that the request names is not there.
  bool lacks_reference() const;
  /// Kept for the virtual machine that could not be made, for 180 seconds.
  bool is_reserved() const;

 private:
  int status_;
  Fault fault_;
};

ApiError parse_api_error(const cloud::HttpReply& reply);
/// `status`: Failed or Canceled.
ApiError operation_error(const std::string& status, Fault fault);

/// Worth another try as it is: 408, 429, 5xx without a final code, another operation on the same
/// resource.
bool is_transient(const cloud::HttpReply& reply);
/// The same without that last: for writes that must look again before they are repeated.
bool is_transient_but_busy(const cloud::HttpReply& reply);

}  // namespace dmachine::azure
