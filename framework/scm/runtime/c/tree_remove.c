/* B+-trees: removing; see `tree.h`. */
#include "tree_page.h"

static void shrink(scm_tree *tree, const scm_place *place, uint32_t level);

/* Remove a branch's child, whose page is gone; `is_key_kept`: its key's pages are used elsewhere. */
static void remove_child(scm_tree *tree, const scm_place *place, uint32_t level, uint32_t index,
                         int is_key_kept)
{
    uint32_t number = place->steps[level].page;
    scm_page *page = scm_tree_page(tree, number);
    if (!is_key_kept)
        scm_free_long_key(tree, page, scm_slots(page) + index);
    page = scm_tree_page(tree, number);
    scm_remove_slot(page, index);
    if (index == 0 && page->count > 0 && !tree->is_by_position) {
        scm_free_long_key(tree, page, scm_slots(page));
        scm_strip_key(scm_tree_page(tree, number));
    }
    shrink(tree, place, level);
}

static void shrink_root(scm_tree *tree)
{
    scm_page *page = scm_tree_page(tree, tree->root);
    if (page->count == 0) {
        scm_page_free(tree->root);
        tree->root = 0;
        return;
    }
    while (page->level > 0 && page->count == 1) {
        uint32_t child = scm_child_at(tree, page, 0), level = page->level;
        scm_page_free(tree->root);
        tree->root = child;
        page = scm_tree_page(tree, child);
        scm_check_level(tree, child, page, level - 1);
    }
}

static uint32_t used_bytes(const scm_page *page)
{
    return 16u * page->count + SCM_PAGE_BYTES - page->top - page->garbage;
}

/* Move all entries of the right of two neighbours to the left one. */
static void merge(scm_tree *tree, const scm_place *place, uint32_t level, uint32_t index)
{
    scm_page *above = scm_tree_page(tree, place->steps[level + 1].page);
    uint32_t left_number = scm_child_at(tree, above, index);
    uint32_t right_number = scm_child_at(tree, above, index + 1);
    scm_page *left = scm_tree_page(tree, left_number), *right = scm_tree_page(tree, right_number);
    scm_check_level(tree, left_number, left, level);
    scm_check_level(tree, right_number, right, level);
    const scm_slot *separator = scm_slots(above) + index + 1;
    uint32_t size = used_bytes(left) + used_bytes(right) + (level > 0 ? separator->key_size : 0u);
    if (size > (SCM_PAGE_BYTES - SCM_PAGE_HEAD) * 3 / 4 || left_number == right_number)
        return;
    if (level > 0 && !tree->is_by_position) {
        scm_slot first = *separator;
        const scm_slot *old = scm_slots(right);
        first.value_size = old->value_size;
        const uint8_t *value = scm_entry_at(tree, right, old) + old->key_size;
        scm_place_entry(tree, left, left->count, &first, scm_entry_at(tree, above, separator), value);
        scm_remove_slot(right, 0);
    }
    scm_move_entries(tree, right, 0, left);
    if (tree->is_by_position)
        scm_set_entries_below(above, index,
                              scm_slots(above)[index].head + scm_slots(above)[index + 1].head);
    scm_page_free(right_number);
    tree->layout_version++;
    remove_child(tree, place, level + 1, index + 1, level > 0);
}

/* After a page has lost an entry: free it if it is empty, merge it if it is nearly so. */
static void shrink(scm_tree *tree, const scm_place *place, uint32_t level)
{
    uint32_t number = place->steps[level].page;
    const scm_page *page = scm_tree_page(tree, number);
    if (level == place->height) {
        shrink_root(tree);
        return;
    }
    uint32_t index = place->steps[level + 1].index;
    if (page->count == 0) {
        scm_page_free(number);
        tree->layout_version++;
        remove_child(tree, place, level + 1, index, 0);
        return;
    }
    if (used_bytes(page) > (SCM_PAGE_BYTES - SCM_PAGE_HEAD) / 4)
        return;
    const scm_page *above = scm_tree_page(tree, place->steps[level + 1].page);
    if (index + 1 < above->count)
        merge(tree, place, level, index);
    else if (index > 0)
        merge(tree, place, level, index - 1);
}

void scm_tree_remove(scm_tree *tree, const scm_place *place)
{
    uint32_t number = place->steps[0].page, index = place->steps[0].index;
    scm_page *page = scm_tree_page(tree, number);
    scm_free_long_key(tree, page, scm_slots(page) + index);
    page = scm_tree_page(tree, number);
    scm_free_long_value(tree, page, scm_slots(page) + index);
    scm_remove_slot(scm_tree_page(tree, number), index);
    tree->count--;
    tree->entries_version++;
    if (tree->is_by_position)
        scm_count_on_path(tree, place, -1);
    shrink(tree, place, 0);
}
