using System.Globalization;
using System.Text;
using System.Text.Json;
using static Pawl.JsonShape;

namespace Pawl.Runs.Formats;

/// <summary>Reads one trajectory into a run.</summary>
internal sealed class TauTrajectory(RunId id, string goalId, IReadOnlyCollection<string> tools, DateTimeOffset importedAt)
{
    private readonly List<Decision> _decisions = [];
    private readonly List<(string? CallId, string Tool, int Decision)> _open = [];
    private readonly StringBuilder _said = new();
    private string _lastUserMessage = "";

    public Run Read(JsonElement trajectory)
    {
        double? reward = null;
        JsonElement task = default, taskId = Json.Null, trial = Json.Null;
        var messages = 0;
        Members(trajectory, (name, v) =>
        {
            switch (name)
            {
                case "reward": reward = Reward(v); break;
                case "task_id": taskId = v.Clone(); break;
                case "trial": trial = v.Clone(); break;
                case "info":
                    Expect(v, JsonValueKind.Object, "an object");
                    if (v.TryGetProperty("task", out var found)) task = found.ValueKind == JsonValueKind.Object ? found : throw Unexpected(found, "an object").Inside("task");
                    break;
                case "traj": messages = List(v, Message).Count; break;
            }
        });
        if (messages == 0) throw new JsonShapeException("the member \"traj\" is missing or empty");
        var rewarded = reward ?? throw new JsonShapeException("the member \"reward\" is missing");
        var solved = rewarded >= 1;
        return new Run
        {
            Id = id,
            GoalId = goalId,
            StartedAt = importedAt,
            CompletedAt = importedAt,
            Status = solved ? RunStatus.Completed : RunStatus.Failed,
            Decisions = _decisions,
            NodesExecuted = _decisions.Count > 0 ? ["agent"] : [],
            GoalDescription = Text(task, "instruction"),
            InputData = Json.From(new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["task_id"] = taskId,
                ["trial"] = trial,
                ["user_id"] = Text(task, "user_id"),
                ["expected_actions"] = task.ValueKind == JsonValueKind.Object && task.TryGetProperty("actions", out var actions) ? actions : Json.Null,
            }),
            OutputData = Json.From(new Dictionary<string, object?>(StringComparer.Ordinal) { ["reward"] = rewarded }),
            Problems = solved ? [] :
            [
                new Problem
                {
                    Id = "prob_0",
                    Severity = Severity.Critical,
                    Description = "The task was not solved",
                    RootCause = TauExpectation.Difference(task, _decisions, _said.ToString()),
                    Timestamp = importedAt,
                },
            ],
        };
    }

    private bool Message(JsonElement message)
    {
        string? role = null, content = null, callId = null, tool = null;
        JsonElement calls = default;
        Members(message, (name, v) =>
        {
            switch (name)
            {
                case "role": role = JsonShape.Text(v); break;
                case "content": content = Content(v); break;
                case "tool_calls": calls = v; break;
                case "tool_call_id": callId = TextOrNull(v); break;
                case "name": tool = TextOrNull(v); break;
            }
        });
        switch (role ?? throw new JsonShapeException("the member \"role\" is missing"))
        {
            case "user":
                _lastUserMessage = content ?? "";
                break;
            case "assistant":
                _said.Append(content).Append('\n');
                if (calls.ValueKind == JsonValueKind.Array) Calls(calls, content ?? "");
                else if (calls.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null)) throw Unexpected(calls, "an array").Inside("tool_calls");
                break;
            case "tool":
                Answer(callId, tool, content ?? "");
                break;
        }

        return true;
    }

    private void Calls(JsonElement calls, string reasoning)
    {
        try
        {
            _ = List(calls, call => Call(call, reasoning));
        }
        catch (JsonShapeException e)
        {
            throw e.Inside("tool_calls");
        }
    }

    private bool Call(JsonElement call, string reasoning)
    {
        string? callId = null, tool = null, arguments = null;
        Members(call, (name, v) =>
        {
            if (name == "id") callId = TextOrNull(v);
            if (name != "function") return;
            Members(v, (part, value) =>
            {
                if (part == "name") tool = Name(value);
                if (part == "arguments") arguments = value.ValueKind == JsonValueKind.Object ? value.GetRawText() : TextOrNull(value);
            });
        });
        if (tool is null) throw new JsonShapeException("the member \"function.name\" is missing");
        _open.Add((callId, tool, _decisions.Count));
        _decisions.Add(new Decision
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"dec_{_decisions.Count}"),
            Timestamp = importedAt,
            NodeId = "agent",
            Intent = "Call " + tool,
            DecisionType = DecisionType.ToolSelection,
            Options = [.. tools.Append(tool).Distinct(StringComparer.Ordinal).Select(t => new Option
            {
                Id = t,
                ActionType = "tool_call",
                ActionParams = t == tool ? Arguments(arguments) : Json.EmptyObject,
            })],
            ChosenOptionId = tool,
            Reasoning = reasoning,
            InputContext = _lastUserMessage.Length == 0 ? Json.EmptyObject : Json.From(new { last_user_message = _lastUserMessage }),
        });
        return true;
    }

    // The ids of calls repeat within real trajectories: an answer belongs to the first call of its id that has none yet, of its own tool if
    // there is one.
    private void Answer(string? callId, string? tool, string content)
    {
        var at = _open.FindIndex(c => (callId is null || c.CallId == callId) && c.Tool == tool);
        if (at < 0 && callId is not null) at = _open.FindIndex(c => c.CallId == callId);
        if (at < 0) throw new JsonShapeException($"the tool message answers no call (tool_call_id \"{callId}\")");
        var decision = _decisions[_open[at].Decision];
        _open.RemoveAt(at);
        var failed = content.StartsWith("Error", StringComparison.Ordinal);
        _decisions[_decisions.IndexOf(decision)] = decision with
        {
            Outcome = new Outcome
            {
                Success = !failed,
                Result = Json.From(content),
                Error = failed ? content : null,
                Timestamp = importedAt,
            },
        };
    }

    private static string Content(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.Array or JsonValueKind.Object => value.GetRawText(), // content in parts, as newer models write it
        _ => JsonShape.Text(value),
    };

    private static double Reward(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var reward) ? reward : throw Unexpected(value, "a number");

    private static string Text(JsonElement task, string name) =>
        task.ValueKind == JsonValueKind.Object && task.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.String ? JsonShape.Text(v) : "";

    private static JsonElement Arguments(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Json.EmptyObject;
        try
        {
            var json = Json.Parse(text);
            if (json.ValueKind == JsonValueKind.Object) return json;
        }
        catch (JsonException)
        {
            // Models do write arguments that are no JSON; they are kept as they came.
        }

        return Json.From(new { arguments = text });
    }
}
