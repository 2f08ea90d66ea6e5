// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// What is at the other end of a stream. Nothing is remembered: a window can be resized.
namespace dmachine::cli {

/// Whether a person reads (or writes) there.
bool is_terminal(int fd);

/// Columns of the terminal at `fd`; 80 where there is none or it does not say.
std::size_t terminal_width(int fd);

/// Whether a line may be written anew in place: a terminal, and TERM is neither unset nor `dumb`.
bool can_redraw(int fd);

/// The same, unless NO_COLOR has any value (https://no-color.org).
bool wants_colour(int fd);

}  // namespace dmachine::cli
