package io.clustrix.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteTest {
    @TempDir
    Path root;

    @BeforeEach
    void pages() throws IOException {
        Files.createDirectories(root.resolve("docs"));
        Files.createDirectories(root.resolve("src"));
        Files.writeString(root.resolve("src/A.java"), "class A {}");
        page("README.md", "# Clustrix", "[one](docs/one.md)");
        page("docs/README.md", "# Contents", "## Begin & end", "| page |", "|---|", "| [the one](one.md) |");
        page("docs/one.md", "# One", "[there](README.md#begin--end), [home](../README.md), [A](../src/A.java)");
    }

    @Test
    @DisplayName(
            "README.md is the first page, docs/README.md the contents; links between pages lead to pages of the site")
    void links() throws IOException {
        Path site = made();

        try (Stream<Path> files = Files.list(site)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("index.html", "contents.html", "one.html", "style.css");
        }
        assertThat(site.resolve("index.html")).content().contains("<a href=\"one.html\">one</a>");
        assertThat(site.resolve("contents.html"))
                .content()
                .contains("<h2 id=\"begin--end\">Begin &amp; end</h2>", "<table>");
        assertThat(site.resolve("one.html"))
                .content()
                .contains(
                        "<title>One</title>",
                        "<a href=\"contents.html#begin--end\">there</a>",
                        "<a href=\"index.html\">home</a>",
                        "<span class=\"source\" title=\"src/A.java\">A</span>");
    }

    @Test
    @DisplayName("each page has the contents as navigation, with itself marked; a link to a part of a page is no entry")
    void navigation() throws IOException {
        page("docs/README.md", "# Contents", "## Begin & end", "[a part](one.md#one), [the one](one.md)");

        Path site = made();

        assertThat(site.resolve("index.html"))
                .content()
                .contains("<h2>Begin &amp; end</h2>", "<li><a href=\"one.html\">the one</a></li>");
        assertThat(site.resolve("one.html"))
                .content()
                .contains("<li><a href=\"one.html\" aria-current=\"page\">the one</a></li>");
    }

    @Test
    @DisplayName("a link that leads nowhere, a missing heading, an unlisted page and an image are told, all at once")
    void broken() throws IOException {
        page("docs/one.md", "# One", "[x](gone.md) [y](README.md#gone) [z](#gone) ![i](i.png)");
        page("docs/two.md", "# Two");

        assertThatThrownBy(this::made)
                .isInstanceOf(BrokenPagesException.class)
                .hasMessageContainingAll(
                        "docs/one.md: a link leads nowhere: gone.md",
                        "docs/one.md: docs/README.md has no heading for: README.md#gone",
                        "docs/one.md: docs/one.md has no heading for: #gone",
                        "docs/one.md: the site has no images: i.png",
                        "docs/two.md: docs/README.md has no link to it");
        assertThat(root.resolve("site")).doesNotExist();
    }

    @Test
    @DisplayName("headings have the anchors that hosts of repositories give them")
    void anchors() throws IOException {
        page(
                "docs/one.md",
                "# One, `a.b-c` and \u00dcmlaut_x",
                "## Same",
                "## Same",
                "[a](#one-ab-c-and-\u00fcmlaut_x) [b](#same-1)");

        assertThat(made().resolve("one.html"))
                .content()
                .contains("id=\"one-ab-c-and-\u00fcmlaut_x\"", "id=\"same\"", "id=\"same-1\"");
    }

    @Test
    @DisplayName("a page whose source is gone is removed from the site, comments are not in it")
    void again() throws IOException {
        Path site = made();
        Files.writeString(site.resolve("old.html"), "");
        page("docs/one.md", "# One", "<!-- tested: x -->", "text");
        made();

        assertThat(site.resolve("old.html")).doesNotExist();
        assertThat(site.resolve("one.html")).content().contains("<p>text</p>").doesNotContain("tested");
    }

    @Test
    @DisplayName("the project's own pages make a site that loads nothing from a network and has no script")
    void own(@TempDir Path target) throws IOException {
        new Site(KeysPageTest.ROOT).write(target);

        List<Path> pages;
        try (Stream<Path> files = Files.list(target)) {
            pages = files.toList();
        }
        assertThat(pages).hasSizeGreaterThan(30);
        for (Path page : pages) {
            assertThat(page)
                    .content()
                    .doesNotContainPattern("<script|<img|<iframe|src=\"|<link[^>]+href=\"http|url\\(|@import");
        }
    }

    private void page(String name, String... lines) throws IOException {
        Files.writeString(root.resolve(name), String.join("\n\n", lines).replace("|\n\n|", "|\n|"));
    }

    private Path made() throws IOException {
        Path target = root.resolve("site");
        new Site(root).write(target);
        return target;
    }
}
