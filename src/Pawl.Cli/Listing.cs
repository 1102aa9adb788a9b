using Spectre.Console;

namespace Pawl.Cli;

/// <summary>
/// A table that fits its terminal: what matters least is left out first, at once where it holds nothing, and what does not fit even then is written an entry at a time.
/// Ids stay in one piece, to be copied.
/// </summary>
/// <param name="columns">The headings. '&gt;' in front: to the right, in one piece. '=' in front: in one piece. All others may be wrapped.</param>
internal sealed class Listing(params string[] columns)
{
    private const int WrappedAtLeast = 16;

    private readonly List<string[]> _rows = [];

    /// <summary>The columns that a narrow terminal does without, the least important first; without an entry that has one, any terminal does.</summary>
    public IReadOnlyList<string> LeaveOut { get; init; } = [];

    /// <summary>Adds an entry: markup, a cell for each column.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    public void Show()
    {
        var shown = Enumerable.Range(0, columns.Length).Where(c => !LeaveOut.Contains(Name(c), StringComparer.Ordinal) || _rows.Exists(row => row[c].Length > 0)).ToList();
        foreach (var name in LeaveOut.TakeWhile(_ => Width(shown) > Terminal.Width)) shown.RemoveAll(c => Name(c) == name);
        if (Width(shown) <= Terminal.Width) ShowTable(shown);
        else ShowEntries();
    }

    private void ShowTable(List<int> shown)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var c in shown)
        {
            var column = new TableColumn(Name(c));
            if (IsWhole(c)) column.NoWrap();
            if (columns[c].StartsWith('>')) column.RightAligned();
            table.AddColumn(column);
        }

        foreach (var row in _rows) table.AddRow([.. shown.Select(c => row[c])]);
        Terminal.Show(table);
    }

    // The terminal itself breaks these lines, so that even an id longer than one is copied in one piece.
    private void ShowEntries()
    {
        foreach (var row in _rows)
        {
            Terminal.Line();
            for (var c = 0; c < columns.Length; c++)
            {
                if (row[c].Length > 0) Terminal.Line($"{Markup.Remove(Name(c))} {Markup.Remove(row[c])}".TrimStart());
            }
        }

        Terminal.Line();
    }

    // A column has a blank on either side, and a blank stands between two.
    private int Width(List<int> shown) => shown.Sum(c => WidthOf(c) + 3) + 1;

    private int WidthOf(int column)
    {
        var heading = Cells(Name(column));
        var longest = _rows.Select(row => Cells(row[column])).Append(heading).Max();
        return IsWhole(column) ? longest : Math.Max(heading, Math.Min(longest, WrappedAtLeast));
    }

    private static int Cells(string markup) => Markup.Remove(markup).GetCellWidth();

    private string Name(int column) => IsWhole(column) ? columns[column][1..] : columns[column];

    private bool IsWhole(int column) => columns[column].StartsWith('>') || columns[column].StartsWith('=');
}
