// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/images.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct ImagesOptions {
  std::string name;
  bool quiet = false;
  bool whole = false;
  bool digests = false;
  std::string format = "table";
};

Json AsJson(const std::vector<ImageView>& views) {
  Json array = Json::array();
  for (const ImageView& view : views) {
    array.push_back({{"id", view.image.id()},
                     {"repoTags", view.image.repo_tags()},
                     {"repoDigests", view.image.repo_digests()},
                     {"createdAt", view.created},
                     {"size", view.image.size()},
                     {"pinned", view.image.pinned()}});
  }
  return array;
}

Table AsTable(const std::vector<ImageView>& views, const ImagesOptions& options) {
  std::vector<std::string> headers = {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
  const bool digests = options.digests || IsTemplate(options.format);
  if (digests) {
    headers.insert(headers.begin() + 2, "DIGEST");
  }
  Table table(headers);
  for (const ImageView& view : views) {
    for (const ImageName& name : NamesOf(view.image)) {
      std::vector<std::string> cells = {
          name.repository, name.tag, ShortId(view.image.id(), options.whole),
          AgeText(view.created, absl::Now()), HumanSize(view.image.size())};
      if (digests) {
        cells.insert(cells.begin() + 2, name.digest);
      }
      table.Add(std::move(cells));
    }
  }
  return table;
}

absl::StatusOr<int> RunImages(const Session& session, const ImagesOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  v1::ListImagesRequest request;
  request.mutable_filter()->mutable_image()->set_image(options.name);
  ASSIGN_OR_RETURN(const v1::ListImagesResponse list,
                   client.Call(&Client::Images::ListImages, request, "listing images"));
  if (options.quiet) {
    for (const v1::Image& image : list.images()) {
      Print(ShortId(image.id(), options.whole) + "\n");
    }
    return 0;
  }
  ASSIGN_OR_RETURN(const std::vector<ImageView> views, ViewImages(client, list));
  ASSIGN_OR_RETURN(const std::string text,
                   FormatList(AsJson(views), AsTable(views, options), options.format));
  Print(text);
  return 0;
}

}  // namespace

void DefineImages(Verb& verb) {
  verb.set_description("List images");
  auto options = std::make_shared<ImagesOptions>();
  verb.Add("IMAGE", options->name, "only the image of this name");
  verb.AddFlag("-q,--quiet", options->quiet, "only ids");
  verb.AddFlag("--no-trunc", options->whole, "whole ids");
  verb.AddFlag("--digests", options->digests, "show digests");
  AddRowFormat(verb, options->format);
  verb.set_action([options](const Session& session) { return RunImages(session, *options); });
}

}  // namespace berth::cli
