// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pugixml.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::amazonec2 {

/// An element of an answer, or nothing: looking into nothing gives nothing. Cheap to copy; keeps
/// the document. Namespaces do not matter: EC2's differ with the version of the API.
class Element {
 public:
  Element() = default;

  explicit operator bool() const { return !node_.empty(); }
  /// Without a prefix.
  std::string_view name() const;
  /// The element at the end of a path of names: `placement/availabilityZone`.
  Element child(std::string_view path) const;
  /// The text of that element without white space around it; empty when it is not there.
  std::string text(std::string_view path = {}) const;
  bool is_true(std::string_view path) const { return text(path) == "true"; }
  /// The `item` elements of a list: `reservationSet`.
  std::vector<Element> items(std::string_view path) const;

 private:
  friend std::optional<Element> parse_xml(std::string_view text);
  Element(std::shared_ptr<const pugi::xml_document> document, pugi::xml_node node)
      : document_(std::move(document)), node_(node) {}

  std::shared_ptr<const pugi::xml_document> document_;
  pugi::xml_node node_;
};

/// The root element; nothing for what is no XML. Entities of a document's own are not expanded.
std::optional<Element> parse_xml(std::string_view text);

}  // namespace dmachine::amazonec2
