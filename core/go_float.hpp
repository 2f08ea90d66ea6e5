// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine {

/// A float64 as Go's strconv.FormatFloat prints it. `form`: 'e', 'f', 'g', 'E', 'G', 'x', 'X'
/// (hexadecimal mantissa) or 'b' (decimal mantissa, power of two). Precision -1 means as few digits
/// as read back as the same number; 'g' then takes the exponent form below 1e-04 and from 1e+06 on,
/// as %v. Infinities and NaN are +Inf, -Inf, NaN.
std::string format_go_float(double value, char form, int precision);

}  // namespace dmachine
