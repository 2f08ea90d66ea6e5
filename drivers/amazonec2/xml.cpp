// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/xml.hpp"

#include "core/text.hpp"

namespace dmachine::amazonec2 {

namespace {

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

std::string_view Element::name() const {
  return local_name(node_);
}

Element Element::child(std::string_view path) const {
  pugi::xml_node node = node_;
  for (const auto& name : path.empty() ? std::vector<std::string>{} : split(path, '/')) {
    node = node.find_child([&](const pugi::xml_node& one) { return local_name(one) == name; });
  }
  return {document_, node};
}

std::string Element::text(std::string_view path) const {
  return std::string(trim(child(path).node_.text().get()));
}

std::vector<Element> Element::items(std::string_view path) const {
  std::vector<Element> found;
  for (const pugi::xml_node& node : child(path).node_.children()) {
    if (local_name(node) == "item") {
      found.push_back({document_, node});
    }
  }
  return found;
}

std::optional<Element> parse_xml(std::string_view text) {
  const auto document = std::make_shared<pugi::xml_document>();
  if (!document->load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8)) {
    return std::nullopt;
  }
  const pugi::xml_node root = document->document_element();
  return root.empty() ? std::nullopt : std::optional(Element{document, root});
}

}  // namespace dmachine::amazonec2
