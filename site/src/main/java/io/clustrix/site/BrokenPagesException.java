package io.clustrix.site;

import java.util.List;

/** Pages that can't be made a site: links that lead nowhere, pages that nothing leads to. */
final class BrokenPagesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenPagesException(List<String> problems) {
        super("the pages of docs/ can't be made a site:\n  " + String.join("\n  ", problems));
    }
}
