// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/tag_page.h"

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "imageservice/image/reference.h"

namespace berth::imageservice {
namespace {

bool IsTag(const std::string& text) {
  const absl::StatusOr<ImageReference> reference =
      ImageReference::Parse(absl::StrCat("repository:", text));
  return reference.ok() && reference->tag() == text;
}

}  // namespace

absl::StatusOr<TagPage> ReadTagPage(const HttpResponse& response) {
  const absl::StatusOr<Json> body = ParseJson(response.body, kMaxTagPage);
  if (!body.ok() || !body->is_object()) {
    return absl::DataLossError(absl::StrCat(response.url.authority(), ": this is no list of tags"));
  }
  TagPage page;
  for (const Json& tag : JsonArray(*body, "tags")) {  // null where there are none
    if (!tag.is_string() || !IsTag(tag.get<std::string>())) {
      return absl::DataLossError(
          absl::StrCat(response.url.authority(), ": a list of tags holds what is none"));
    }
    page.tags.push_back(tag.get<std::string>());
  }
  // The next page begins after the last tag, whatever address the server gives it.
  page.has_next = !page.tags.empty() && FindHeader(response.headers, "Link").has_value();
  return page;
}

}  // namespace berth::imageservice
