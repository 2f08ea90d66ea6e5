// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/token.hpp"

namespace dmachine::cloud {

Token CachedToken::fetch(const Context& ctx) {
  const std::lock_guard lock(mutex_);
  if (token_.value.empty() || now_() + early_ >= token_.expires) {
    ctx.check();
    token_ = source_->fetch(ctx);
  }
  return token_;
}

void CachedToken::forget(const Secret& refused) {
  const std::lock_guard lock(mutex_);
  if (token_.value.reveal() == refused.reveal()) {
    token_ = Token{};
  }
}

}  // namespace dmachine::cloud
