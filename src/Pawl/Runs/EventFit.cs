using System.Globalization;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>
/// Makes a record that is larger than an event may be fit into one: large JSON is replaced by a note of the event's size, long texts are cut
/// with a note of their length. So a tool's huge output or error costs its details, not the decision it belongs to.
/// </summary>
internal static class EventFit
{
    private const int TextCharacters = 16 * 1024; // even where each takes six bytes, a few of them fit
    private const int OptionCharacters = 400;

    public static Decision Shrink(Decision decision, int bytes) => decision with
    {
        Intent = Cut(decision.Intent),
        Options = [.. decision.Options.Select(Shrink)],
        Reasoning = Cut(decision.Reasoning),
        ActiveConstraints = [.. decision.ActiveConstraints.Take(20).Select(c => Cut(c, OptionCharacters))],
        InputContext = Note(bytes),
        Extra = Extras.None,
    };

    public static Outcome Shrink(Outcome outcome, int bytes) => outcome with
    {
        Result = Note(bytes),
        Error = outcome.Error is { } error ? Cut(error) : null,
        StateChanges = Json.EmptyObject,
        Summary = Cut(outcome.Summary),
        Extra = Extras.None,
    };

    public static DecisionEvaluation Shrink(DecisionEvaluation evaluation) => evaluation with
    {
        BetterOptionId = evaluation.BetterOptionId is { } id ? Cut(id) : null,
        WhyBetter = evaluation.WhyBetter is { } why ? Cut(why) : null,
        Explanation = Cut(evaluation.Explanation),
        Extra = Extras.None,
    };

    public static Problem Shrink(Problem problem) => problem with
    {
        Description = Cut(problem.Description),
        RootCause = problem.RootCause is { } cause ? Cut(cause) : null,
        SuggestedFix = problem.SuggestedFix is { } fix ? Cut(fix) : null,
        Extra = Extras.None,
    };

    /// <summary>A run at its start or its end.</summary>
    public static Run Shrink(Run run, int bytes) => run with
    {
        GoalDescription = Cut(run.GoalDescription),
        InputData = Note(bytes),
        Narrative = Cut(run.Narrative),
        OutputData = Note(bytes),
        Served = [.. run.Served.Take(100)],
        Refs = [.. run.Refs.Take(100)],
        Extra = Extras.None,
    };

    private static Option Shrink(Option option) => option with
    {
        Description = Cut(option.Description, OptionCharacters),
        ActionType = Cut(option.ActionType, OptionCharacters),
        ActionParams = option.ActionParams.ValueKind == JsonValueKind.Object && option.ActionParams.GetRawText().Length > OptionCharacters ? Json.EmptyObject : option.ActionParams,
        Pros = [],
        Cons = [],
        Extra = Extras.None,
    };

    private static JsonElement Note(int bytes) => Json.From(new { omitted = "larger than an event may be", bytes, limit = Limits.EventBytes });

    private static string Cut(string text, int characters = TextCharacters)
    {
        if (text.Length <= characters) return text;
        var end = char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, end)}… [cut: it had {text.Length} characters]");
    }
}
