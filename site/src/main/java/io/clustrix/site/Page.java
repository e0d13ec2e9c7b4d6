package io.clustrix.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * A page in Markdown, as it was read.
 *
 * @param file absolute
 * @param name of the file in the site
 * @param headings each with its anchor, which is the one that hosts of repositories give it
 */
record Page(Path file, String name, Node document, Map<Heading, String> headings) {
    private static final List<TablesExtension> EXTENSIONS = List.of((TablesExtension) TablesExtension.create());

    static Page read(Path file, String name) throws IOException {
        Node document = Parser.builder().extensions(EXTENSIONS).build().parse(Files.readString(file));
        Map<Heading, String> headings = new LinkedHashMap<>();
        Map<String, Integer> seen = new LinkedHashMap<>();
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                String slug = slug(Page.text(heading));
                int before = seen.merge(slug, 1, Integer::sum) - 1;
                headings.put(heading, before == 0 ? slug : slug + "-" + before);
            }
        });
        return new Page(file, name, document, headings);
    }

    /** The first heading. */
    String title() {
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading) {
                return text(node);
            }
        }
        return file.getFileName().toString();
    }

    String html() {
        return HtmlRenderer.builder()
                .extensions(EXTENSIONS)
                .attributeProviderFactory(context -> (node, tag, attributes) -> {
                    if (node instanceof Heading heading && headings.containsKey(heading)) {
                        attributes.put("id", headings.get(heading));
                    }
                })
                .build()
                .render(document);
    }

    static String text(Node node) {
        StringBuilder text = new StringBuilder();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Text part) {
                text.append(part.getLiteral());
            }

            @Override
            public void visit(Code part) {
                text.append(part.getLiteral());
            }

            @Override
            public void visit(SoftLineBreak part) {
                text.append(' ');
            }
        });
        return text.toString();
    }

    /** Letters and digits in lower case, blanks as dashes, the rest left out. */
    private static String slug(String heading) {
        return heading.strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                .replace(' ', '-');
    }
}
