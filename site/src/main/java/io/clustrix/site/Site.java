package io.clustrix.site;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;

/**
 * The site: README.md as its first page, docs/README.md as its contents and navigation, and each other page of docs.
 * Nothing in it is loaded from a network, and it needs no script.
 */
final class Site {
    private static final String STYLE = "style.css";

    private final Path root;
    private final List<String> problems = new ArrayList<>();

    /** @param root the checkout, absolute */
    Site(Path root) {
        this.root = root;
    }

    /**
     * Writes the site into a directory, in place of one that was there.
     *
     * @throws BrokenPagesException with all that is wrong, before anything is written
     */
    void write(Path target) throws IOException {
        Map<Path, Page> pages = read();
        Page contents = pages.get(root.resolve("docs/README.md"));
        if (contents == null) {
            throw new BrokenPagesException(List.of("docs/README.md: there is none, and it is the contents"));
        }
        Map<String, Map<Path, String>> sections = sections(contents, pages);
        Set<Path> unlisted = new LinkedHashSet<>(pages.keySet());
        sections.values().forEach(section -> unlisted.removeAll(section.keySet()));
        unlisted.remove(contents.file());
        unlisted.remove(root.resolve("README.md"));
        unlisted.forEach(page -> problems.add(root.relativize(page) + ": docs/README.md has no link to it"));
        pages.values().forEach(page -> lead(page, pages));
        if (!problems.isEmpty()) {
            throw new BrokenPagesException(problems);
        }
        Files.createDirectories(target);
        clear(target);
        for (Page page : pages.values()) {
            Files.writeString(target.resolve(page.name()), html(page, navigation(page, sections, pages)));
        }
        try (InputStream style = Site.class.getResourceAsStream(STYLE)) {
            if (style == null) {
                throw new IOException(STYLE + " is not on the class path");
            }
            Files.write(target.resolve(STYLE), style.readAllBytes());
        }
    }

    private Map<Path, Page> read() throws IOException {
        Map<Path, Page> pages = new LinkedHashMap<>();
        Path readme = root.resolve("README.md");
        pages.put(readme, Page.read(readme, "index.html"));
        List<Path> files;
        try (Stream<Path> docs = Files.list(root.resolve("docs"))) {
            files = docs.filter(f -> f.toString().endsWith(".md")).sorted().toList();
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            String target = name.equals("README.md") ? "contents.html" : name.replaceFirst("md$", "html");
            if (target.equals("index.html")) {
                problems.add(root.relativize(file) + ": the site's first page is README.md; choose another name");
            }
            pages.put(file, Page.read(file, target));
        }
        return pages;
    }

    /**
     * The headings of the contents, with the pages that each of them leads to and the words that say so. A link to a
     * part of a page is an aside.
     */
    private static Map<String, Map<Path, String>> sections(Page contents, Map<Path, Page> pages) {
        Map<String, Map<Path, String>> sections = new LinkedHashMap<>();
        Set<Path> seen = new LinkedHashSet<>();
        contents.document().accept(new AbstractVisitor() {
            private Map<Path, String> section = new LinkedHashMap<>();

            @Override
            public void visit(Heading heading) {
                if (heading.getLevel() == 2) {
                    section = sections.computeIfAbsent(Page.text(heading), h -> new LinkedHashMap<>());
                }
                visitChildren(heading);
            }

            @Override
            public void visit(Link link) {
                Path file =
                        contents.file().resolveSibling(link.getDestination()).normalize();
                if (pages.containsKey(file) && seen.add(file)) {
                    section.put(file, Page.text(link));
                }
            }
        });
        return sections;
    }

    /** Makes links between pages lead to their counterparts, and those to other files of the repository mere text. */
    private void lead(Page page, Map<Path, Page> pages) {
        List<Link> links = new ArrayList<>();
        List<Node> comments = new ArrayList<>();
        page.document().accept(new AbstractVisitor() {
            @Override
            public void visit(Link link) {
                links.add(link);
            }

            @Override
            public void visit(Image image) {
                problems.add(root.relativize(page.file()) + ": the site has no images: " + image.getDestination());
            }

            @Override
            public void visit(HtmlBlock block) {
                if (block.getLiteral().startsWith("<!--")) {
                    comments.add(block);
                }
            }
        });
        comments.forEach(Node::unlink);
        links.forEach(link -> lead(page, link, pages));
    }

    private void lead(Page page, Link link, Map<Path, Page> pages) {
        String destination = link.getDestination();
        if (destination.matches("(https?:|mailto:).*")) {
            return;
        }
        int hash = destination.indexOf('#');
        String anchor = hash < 0 ? "" : destination.substring(hash + 1);
        String path = hash < 0 ? destination : destination.substring(0, hash);
        Path file =
                path.isEmpty() ? page.file() : page.file().resolveSibling(path).normalize();
        Page other = pages.get(file);
        if (!Files.exists(file)) {
            problems.add(root.relativize(page.file()) + ": a link leads nowhere: " + destination);
        } else if (other == null) {
            HtmlInline begin = new HtmlInline();
            begin.setLiteral("<span class=\"source\" title=\""
                    + escaped(root.relativize(file).toString()) + "\">");
            link.insertBefore(begin);
            while (link.getFirstChild() != null) {
                link.insertBefore(link.getFirstChild());
            }
            HtmlInline end = new HtmlInline();
            end.setLiteral("</span>");
            link.insertBefore(end);
            link.unlink();
        } else if (!anchor.isEmpty() && !other.headings().containsValue(anchor)) {
            problems.add(root.relativize(page.file()) + ": " + root.relativize(file) + " has no heading for: "
                    + destination);
        } else {
            link.setDestination((file.equals(page.file()) && hash >= 0 ? "" : other.name())
                    + (anchor.isEmpty() ? "" : "#" + anchor));
        }
    }

    private String navigation(Page here, Map<String, Map<Path, String>> sections, Map<Path, Page> pages) {
        StringBuilder html = new StringBuilder();
        sections.forEach((heading, entries) -> {
            if (!entries.isEmpty()) {
                html.append("<h2>").append(escaped(heading)).append("</h2>\n<ul>\n");
                entries.forEach((file, words) -> {
                    Page page = pages.get(file);
                    if (page != null) {
                        html.append("<li><a href=\"")
                                .append(page.name())
                                .append('"')
                                .append(file.equals(here.file()) ? " aria-current=\"page\"" : "")
                                .append('>')
                                .append(escaped(words))
                                .append("</a></li>\n");
                    }
                });
                html.append("</ul>\n");
            }
        });
        return html.toString();
    }

    private static String html(Page page, String navigation) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <link rel="stylesheet" href="style.css">
                </head>
                <body>
                <header><a href="index.html">Clustrix for Java</a> <a href="contents.html">Contents</a></header>
                <div class="columns">
                <main>
                %s</main>
                <nav aria-label="Pages">
                %s</nav>
                </div>
                </body>
                </html>
                """.formatted(escaped(page.title()), page.html(), navigation);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Pages of an earlier build whose source is gone. */
    private static void clear(Path target) throws IOException {
        try (Stream<Path> old = Files.list(target)) {
            for (Path file : old.filter(f -> f.toString().endsWith(".html")).toList()) {
                Files.delete(file);
            }
        }
    }
}
