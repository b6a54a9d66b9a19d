// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/images.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_filters.h"
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
  std::vector<std::string> filters;
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

// Takes away what the daemon's filters do not choose: images, or names of them.
absl::Status Choose(const Session& session, const std::vector<std::string>& pairs,
                    v1::ListImagesResponse& list) {
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(pairs));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/images/json"}, {{"filters", FiltersText(filters)}});
  ASSIGN_OR_RETURN(const berth::Json chosen, engine.AskJson(call));
  KeepChosen(chosen, filters.count("reference") > 0, list);
  return absl::OkStatus();
}

absl::StatusOr<v1::ListImagesResponse> List(const Client& client, const std::string& name) {
  v1::ListImagesRequest request;
  ASSIGN_OR_RETURN(v1::ListImagesResponse all,
                   client.Call(&Client::Images::ListImages, request, "listing images"));
  if (name.empty()) {
    return all;
  }
  KeepNamed(name, all);
  if (!all.images().empty()) {
    return all;
  }
  request.mutable_filter()->mutable_image()->set_image(name);  // an id, or a digest
  return client.Call(&Client::Images::ListImages, request, "listing images");
}

absl::StatusOr<int> RunImages(const Session& session, const ImagesOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  std::vector<std::string> filters = options.filters;
  const bool is_pattern = options.name.find_first_of("*?[") != std::string::npos;
  if (is_pattern) {
    filters.push_back(absl::StrCat("reference=", options.name));
  }
  ASSIGN_OR_RETURN(v1::ListImagesResponse list, List(client, is_pattern ? "" : options.name));
  if (!filters.empty()) {
    RETURN_IF_ERROR(Choose(session, filters, list));
  }
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
  verb.Add("IMAGE", options->name, "only of this repository, name, pattern of these, digest or id");
  verb.AddFlag("-q,--quiet", options->quiet, "only ids");
  verb.AddFlag("--no-trunc", options->whole, "whole ids");
  verb.AddFlag("--digests", options->digests, "show digests");
  verb.Add("-f,--filter", options->filters, "only those", {.type = "NAME=VALUE"});
  AddRowFormat(verb, options->format);
  verb.set_footer("Filters: before, dangling, label, reference, since.");
  verb.set_action([options](const Session& session) { return RunImages(session, *options); });
}

}  // namespace berth::cli
