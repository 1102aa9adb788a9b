using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Tampering;

/// <summary>
/// Patterns for paths in a repository: <c>*</c> and <c>?</c> within a name, <c>**</c> for any folders, <c>[a-z]</c>, <c>[!a]</c>,
/// <c>{a,b}</c>. Case counts, <c>/</c> separates, a pattern is matched against the whole path. Matching takes time linear in the path,
/// whatever the pattern.
/// </summary>
internal sealed class GlobSet
{
    private const int AlternativesNested = 8;

    private readonly Regex[] _patterns;

    /// <exception cref="BadInputException">A pattern is malformed; the message says which, where, and why.</exception>
    public GlobSet(IReadOnlyList<string> patterns)
    {
        if (patterns.Count > Limits.Globs) throw new BadInputException($"There are {patterns.Count} patterns for paths, at most {Limits.Globs} are allowed.");
        Patterns = patterns;
        _patterns = [.. patterns.Select(pattern => new Regex(new Translation(pattern).Whole(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant))];
    }

    /// <summary>As they were given.</summary>
    public IReadOnlyList<string> Patterns { get; }

    /// <summary>Whether one of the patterns matches the path, which is relative to the repository's root.</summary>
    public bool Matches(string path) => Array.Exists(_patterns, pattern => pattern.IsMatch(path));

    private sealed class Translation(string glob)
    {
        private readonly StringBuilder _regex = new(@"\A(?:");
        private int _at;
        private int _nested;

        public string Whole()
        {
            Check();
            while (_at < glob.Length) One();
            if (_nested > 0) throw Bad("a '{' is not closed");
            return _regex.Append(@")\z").ToString();
        }

        private void Check()
        {
            if (glob.Length == 0) throw new BadInputException("A pattern for paths is empty; write ** for every path.");
            if (glob.Length > Limits.GlobCharacters) throw Bad($"it has more than {Limits.GlobCharacters} characters");
            if (glob[0] == '/') throw Bad("paths are relative to the repository; leave the '/' in front out");
            if (glob.Contains('\\', StringComparison.Ordinal)) throw Bad("folders are separated by '/', and nothing is escaped by '\\'; write [*] for a star");
            if (glob.Any(char.IsControl)) throw Bad("it holds a control character");
            if (glob.Split('/').Any(part => part is "." or "..")) throw Bad("'.' and '..' are no folders of a repository");
        }

        private void One()
        {
            var c = glob[_at];
            switch (c)
            {
                case '*' when Next('*'): Folders(); break;
                case '*': Add("[^/]*", 1); break;
                case '?': Add("[^/]", 1); break;
                case '[': Class(); break;
                case '{':
                    if (++_nested > AlternativesNested) throw Bad($"its braces nest more than {AlternativesNested} deep");
                    Add("(?:", 1);
                    break;
                case ',' when _nested > 0: Add("|", 1); break;
                case '}' when _nested > 0:
                    _nested--;
                    Add(")", 1);
                    break;
                case '}': throw Bad("a '}' has no '{'");
                case ']': throw Bad("a ']' has no '['");
                default: Add(Regex.Escape(c.ToString()), 1); break;
            }
        }

        // "**/" is any folders or none, "/**" everything below, "**" alone everything.
        private void Folders()
        {
            var begins = _at == 0 || glob[_at - 1] is '/' or '{' or ',';
            var after = _at + 2 < glob.Length ? glob[_at + 2] : '\0';
            if (!begins || after is not ('\0' or '/' or '}' or ',')) throw Bad("'**' stands for whole folders; write **/ or /** around it, or a single *");
            if (after == '/') Add("(?:[^/]+/)*", 3);
            else Add(@"[\s\S]+", 2);
        }

        private void Class()
        {
            var end = glob.IndexOf(']', Math.Min(_at + 2, glob.Length));
            if (end < 0) throw Bad("a '[' is not closed");
            var inside = glob[(_at + 1)..end];
            var negated = inside[0] is '!' or '^';
            if (negated) inside = inside[1..];
            if (inside.Length == 0) throw Bad("a '[' has nothing in it");
            if (inside.Contains('/', StringComparison.Ordinal)) throw Bad("a '[' cannot hold a '/'");
            _regex.Append(negated ? "[^/" : "[");
            for (var i = 0; i < inside.Length; i++)
            {
                if (i + 2 < inside.Length && inside[i + 1] == '-')
                {
                    if (inside[i] > inside[i + 2]) throw Bad($"the range {inside[i]}-{inside[i + 2]} runs backwards");
                    if (!negated && inside[i] < '/' && inside[i + 2] > '/') throw Bad($"the range {inside[i]}-{inside[i + 2]} holds '/'");
                    _regex.Append(Code(inside[i])).Append('-').Append(Code(inside[i + 2]));
                    i += 2;
                }
                else
                {
                    _regex.Append(Code(inside[i]));
                }
            }

            Add("]", end + 1 - _at);
        }

        private static string Code(char c) => $"\\u{(int)c:x4}";

        private bool Next(char c) => _at + 1 < glob.Length && glob[_at + 1] == c;

        private void Add(string regex, int taken)
        {
            _regex.Append(regex);
            _at += taken;
        }

        private BadInputException Bad(string why) => new($"The pattern '{ShortText.Start(glob, 100)}' is not understood at character {_at + 1}: {why}.");
    }
}
