package app

import (
	"context"

	"parley"
	"parley/internal/store"
)

// Learn learns now from what was decided in a workspace.
func (a *App) Learn(ctx context.Context, space parley.WorkspaceID) error { return a.learn(ctx, space) }

// Rebuilt returns the bytes that are kept of a version, and those made anew of the events it was made from.
func (a *App) Rebuilt(ctx context.Context, space parley.WorkspaceID, version int) (kept, anew []byte, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		if kept, err = tx.AdaptationBody(ctx, space, version); err != nil {
			return err
		}
		list, err := tx.Adaptations(ctx, space, versionsKept)
		if err != nil {
			return err
		}
		for _, v := range list {
			if v.Version != version {
				continue
			}
			from, err := decisions(ctx, tx, space, v.Through)
			if err != nil {
				return err
			}
			if _, anew, err = adapt(from.lines); err != nil {
				return err
			}
		}
		return nil
	})
	return kept, anew, err
}

// WorkImport goes on with an import as the background does.
func (a *App) WorkImport(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) error {
	return a.workImport(ctx, store.ImportRef{Space: space, ID: id})
}

// SampleTexts returns what advisers write in the sample case in a language, and in English.
func SampleTexts(lang parley.Lang) (said, english []string) {
	texts := func(c demoCase) (list []string) {
		list = append(list, c.engagement.Name)
		for _, p := range c.people {
			list = append(list, p.Title)
		}
		for _, d := range c.concerns {
			list = append(list, d.title)
		}
		return list
	}
	c := demoCases[len(demoCases)-1]
	return texts(c.in(lang)), texts(c)
}

// RereadConversation reads a conversation again as the background does.
func (a *App) RereadConversation(ctx context.Context, space parley.WorkspaceID, id parley.ConversationID) error {
	return a.rereadConversation(ctx, store.ConversationRef{Space: space, ID: id})
}
